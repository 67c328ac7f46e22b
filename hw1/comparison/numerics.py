"""Ten seconds instead of minutes: the first losses here beside a reference's tell rounding from another training."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hw1.comparison.first import AT, first_losses
from hw1.comparison.references import nearest, reference
from hw1.machine.devices import CPU
from hw1.machine.environment import facts
from hw1.manifest.records import plain
from hw1.manifest.summary import aligned
from hw1.registry import experiments, find_experiment

__all__ = ["Numerics", "environment", "lines", "measured", "numerics"]

# Relative differences of the first 21 losses. With torch's kernels for any processor in place of those for AVX2 they
# are 3e-6 at most, in 31 experiments. With an Adam whose epsilon is 1e-5, a thousand times the usual, 8 of the 12 in
# `TRAINED` that use Adam are above 1e-4 (up to 7e-3); with 1e-2, all 12.
ROUNDING = 1e-4

# The first training of each takes 0.1 to 0.7 s. Among them are tanh and ReLU, dense nets and convolutions, dropout,
# squared error and cross-entropy, SGD with and without momentum, Adam, full batches and small ones.
TRAINED = (
    *("activations", "batch_and_rate", "batch_size", "crucial_weights", "dead_runs", "deep_vs_shallow"),
    *("double_descent", "edge_of_stability", "eight_runs", "first_order", "frequencies", "memorisation", "pooling"),
    *("random_walk", "regularisation", "relu_rescaling", "shared_stem", "sheet_nets", "square_wave", "start_to_end"),
)


@dataclass(frozen=True)
class Numerics:
    """How far the first losses are from a reference's: by experiment, the largest relative difference after each of
    the updates `AT`.
    """

    name: str
    reference: Mapping[str, Any]
    here: Mapping[str, Any]
    apart: Mapping[str, Sequence[float]]

    @property
    def moved(self) -> list[str]:
        """Experiments with a loss that is not the reference's to the last bit."""
        return [name for name, apart in self.apart.items() if max(apart) > 0]

    @property
    def by_more_than_rounding(self) -> list[str]:
        """Experiments whose losses are further apart than rounding takes them in so few updates."""
        return [name for name, apart in self.apart.items() if max(apart) > ROUNDING]

    @property
    def conclusion(self) -> str:
        """In one line, with what comes next."""
        if self.by_more_than_rounding:
            return (
                f"more than rounding: {len(self.by_more_than_rounding)} of {len(self.apart)} trainings differ; "
                "whether verdicts moved: python -m hw1 test, then python -m hw1 compare --reference .hw1/manifest.json"
            )
        if self.moved:
            return f"numbers moved by rounding alone (at most {max(map(max, self.apart.values())):.1g}, relatively)"
        return "nothing moved: every loss is the reference's to the last bit"


def numerics(name: str | None = None) -> Numerics:
    """Train for seconds on this machine's CPU, and compare the first losses with a reference's.

    Raises
    ------
    ValueError : where there is no such reference
    """
    here = environment()
    name = name or nearest(here)
    base = reference(name)
    still = [one for one in base["first"] if _as_then(base, one)]
    if not still:
        raise ValueError(f"the reference {name} is of other experiments than this hw1 has: name another with --against")
    found = measured(here, still)
    apart = {one: [_apart(*pair) for pair in zip(base["first"][one], found[one], strict=True)] for one in found}
    return Numerics(name, base, here, apart)


def _as_then(base: Mapping[str, Any], name: str) -> bool:
    """Whether an experiment has the setting and the random numbers that it had when a reference was made."""
    one = experiments("hw1.claims").get(name)
    if one is None:
        return False
    now = plain(asdict(one.setting("fast"))), one.revision
    then = [account["setting"] for account in base["experiments"] if account["experiment"] == name]
    revisions = [record["revision"] for record in base["decisions"] if record["experiment"] == name]
    return now in [(setting, revision) for setting in then for revision in revisions]


def measured(of: Mapping[str, Any], trained: Sequence[str] = TRAINED) -> dict[str, list[list[float]]]:
    """First losses in this environment, by experiment.

    Parameters
    ----------
    of : the facts of a run that these losses are to stand beside; they must be of the same versions

    Raises
    ------
    ValueError : where they are of others
    """
    here = environment()
    other = [f"{name} {of.get(name)}" for name in here if of.get(name) != here[name]]
    if other:
        raise ValueError(f"the run was made with {', '.join(other)}: make the reference where the run was made")
    return dict(first_losses([find_experiment(name, "hw1.claims") for name in trained]))


def environment() -> dict[str, Any]:
    """What the first losses depend on."""
    left = ("hw1", "system", "cores")  # no number depends on these
    seen = {name: value for name, value in facts().items() if name not in left}
    return {**seen, "device": CPU.hardware, "precision": "float32"}


def lines(found: Numerics) -> Iterator[str]:
    """The comparison for a terminal: experiments that moved, update by update, and what that says."""
    for word, its in (("reference", found.reference["environment"]), ("here", found.here)):
        label = f"{word} {found.name}" if word == "reference" else word
        yield f"{label}: torch {its['torch']}, python {its['python']}, numpy {its['numpy']}, {its['device']}"
    if moved := sorted(found.moved, key=lambda name: -max(found.apart[name])):
        head = ("first loss that differs relatively by, after", *(f"{at} updates" for at in AT))
        yield from ("", *aligned([head, *((name, *(f"{d:.1g}" for d in found.apart[name])) for name in moved)]))
    yield from ("", f"{len(found.apart) - len(found.moved)} of {len(found.apart)} trainings: the same to the last bit")
    yield found.conclusion


def _apart(before: Sequence[float], after: Sequence[float]) -> float:
    """The largest relative difference of some losses; infinite where one of them alone is no number."""
    return max(0.0 if a == b else _relative(a, b) for a, b in zip(before, after, strict=True))


def _relative(a: float, b: float) -> float:
    far = abs(a - b) / max(abs(a), abs(b))
    return far if far == far else float("inf")  # NaN: an infinity, or no number
