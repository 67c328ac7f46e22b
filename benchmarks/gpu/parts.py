"""The parts, most telling first, each a command that goes on where it was stopped."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Experiments of the published scale, cheapest on a CPU first: without images, then dense nets on CIFAR-10.
WITHOUT_IMAGES = (
    "gradient_norm/test_minimal_ratio",
    "parameter_count/test_random_features",
    "function_fitting/test_deep_vs_shallow",
    "function_fitting/test_square_wave",
    "function_fitting/test_activations",
    "function_fitting/test_dead_runs",
    "function_fitting/test_sheet_nets",
    "function_fitting/test_frequencies",
    "parameter_count/test_double_descent",
)
WITH_IMAGES = (
    "random_labels/test_memorisation",
    "random_labels/test_corruption",
    "random_labels/test_noisy_labels",
    "weight_trajectory/test_random_walk",
    "gradient_norm/test_norms",
)
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider")
FOUND = frozenset({0, 1})  # a claim that is not as registered, or a difference, is a finding


@dataclass(frozen=True, kw_only=True)
class Part:
    """A command; `done` are the exit statuses after which it need not run again."""

    name: str
    command: Sequence[str]
    done: frozenset[int] = frozenset({0})


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a run is given.

    `out`: folder for what the parts leave; `device`: cuda, or cpu for a rehearsal; `jobs`: processes on it; `against`:
    a manifest of a run on a CPU, to compare with; `images`: whether CIFAR-10 is there.
    """

    out: Path
    device: str
    jobs: int
    against: Path | None = None
    images: bool = False


def parts(given: Given) -> list[Part]:
    """All parts that can run with what is given."""
    speed = [sys.executable, "-m", "benchmarks.gpu.speed", "--device", given.device]
    first = [
        Part(name="tests", command=[*PYTEST, "tests/gpu"]),
        Part(name="fast", command=_claims(given, "fast", ["tests/claims"]), done=FOUND),
    ]
    if given.against is not None:
        compare = [sys.executable, "-m", "hw1", "compare", str(given.against), str(given.out / "fast.json"), "--common"]
        first.append(Part(name="compare", command=compare, done=FOUND))
    first.append(Part(name="speed", command=[*speed, "--out", str(given.out / "speed.jsonl")]))
    return first + _published(given)


def _published(given: Given) -> list[Part]:
    """One experiment more in each, so that the manifest of the last has all of them; what is stored costs nothing."""
    names = WITHOUT_IMAGES + (WITH_IMAGES if given.images else ())
    files = [f"tests/claims/{name}.py" for name in names]
    return [
        Part(
            name=f"full, {name.rpartition('test_')[2]}",
            command=_claims(given, "full", files[: count + 1]),
            done=FOUND,
        )
        for count, name in enumerate(names)
    ]


def _claims(given: Given, tier: str, files: Sequence[str]) -> list[str]:
    where = [f"--hw1-device={given.device}", f"--hw1-jobs={given.jobs}"]
    kept = [f"--hw1-store={given.out / tier}.sqlite", f"--hw1-manifest={given.out / tier}.json"]
    return [*PYTEST, *files, "-m", tier, *where, *kept]
