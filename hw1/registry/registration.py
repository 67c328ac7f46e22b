"""What was promised before the evidence was seen: the frozen fields of every claim and tier, in `registered.json`."""

import dataclasses
import hashlib
import importlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from hw1.documents import document
from hw1.fingerprints import claim_digest
from hw1.machine.environment import computed_with
from hw1.registry.declarations import Claim
from hw1.registry.experiments import Experiment, experiment_of, package_of, readers
from hw1.registry.redraws import Redraw, read
from hw1.statistics import Score

CODE = "its code or setting"  # what differs where no field does
REMEDY = "restore it from the repository, where it was committed"
_ENTRY = {
    "type": "object",
    "required": ["experiment", "revision", "score"],
    "properties": {
        "experiment": {"type": "string"},
        "revision": {"type": "integer"},
        "digests": {
            "type": "object",
            "required": ["made_with"],
            "additionalProperties": {"type": ["string", "object"]},
        },
        "unread": {"type": "array", "items": {"type": "string"}},
    },
}
_SCHEMA = json.dumps({"type": "object", "additionalProperties": {"type": "object", "additionalProperties": _ENTRY}})


class RegistrationError(ValueError):
    """A claim is not what was registered, or cannot be registered."""


def frozen(claim: Claim, tier: str) -> dict[str, Any]:
    """What is fixed before the run and can be read without running: everything but the score's own fields."""
    experiment = experiment_of(claim)
    fields = {
        "experiment": experiment.name,
        "revision": experiment.revision,
        "expect": claim.expect,
        "source": claim.source,
        "control": claim.control.name,
        "p0": claim.p0[tier],
        "looks": list(experiment.looks(tier)),
        "assay": claim.assay.name,
        "alpha": claim.alpha,
    }
    setting = experiment.setting(tier)
    code = claim_digest(_file(claim), claim.score.__module__, claim.name, type(setting))
    text = json.dumps([fields, code, dataclasses.asdict(setting)], sort_keys=True)
    return {**fields, "hash": hashlib.sha256(text.encode()).hexdigest()[:16]}


def status(claim: Claim, tier: str) -> str:
    """ "registered", or "development: ..." with what is missing or differs from `registered.json`."""
    changed = changes(claim, tier)
    if changed is None:
        return "development: not registered"
    if changed:
        return f"development: {', '.join(changed)} changed since it was registered"
    return "registered"


def changes(claim: Claim, tier: str) -> dict[str, tuple[Any, Any]] | None:
    """What differs from `registered.json`, then and now, by name; None where nothing is registered.

    A field that changed changes the hash too; where only the hash did, it was the claim's code or its setting.
    """
    promised = registered(claim).get(claim.name, {}).get(tier)
    if promised is None:
        return None
    now = frozen(claim, tier)
    found = {name: (promised.get(name), now[name]) for name in now if promised.get(name) != now[name]}
    hashes = found.pop("hash", None)
    return found or ({CODE: hashes} if hashes else {})


def redrawn(experiment: Experiment, claim: Claim) -> list[str]:
    """What registering a claim anew redraws, where its experiment's evidence may have been seen; nothing otherwise."""
    if not was_seen(experiment, claim):
        return []
    names = ", ".join(one.name for one in readers(experiment))
    return [
        f"{experiment.name}: REVISION {experiment.revision} -> {experiment.revision + 1} redraws the seeds of {names}"
    ]


def redraws_of(experiment: Experiment) -> list[Redraw]:
    """The redraws of an experiment that its package's log knows, in their order."""
    folder = _folder(importlib.import_module(package_of(experiment.module)))
    return [one for one in read(folder) if one.experiment == experiment.name]


def unrun(claims: Iterable[Claim], tier: str) -> list[str]:
    """Why the setting of a tier is another than was registered first, though nobody had run it: dates and reasons."""
    entries = [registered(one).get(one.name, {}).get(tier, {}) for one in claims]
    return sorted({reason for entry in entries for reason in entry.get("unrun", ())})


def arms_read(claim: Claim, tier: str) -> tuple[str, ...]:
    """The arms of its experiment that a claim and its control read: all, unless it is registered that some are not.

    What is registered is known of the claim as it was then: of one that has changed, all.
    """
    arms, entry = experiment_of(claim).arms, registered(claim).get(claim.name, {}).get(tier, {})
    idle = entry.get("unread", ())
    return tuple(arm for arm in arms if arm not in idle) if idle and is_registered(claim, tier) else arms


def made_elsewhere(claims: Iterable[Claim]) -> str:
    """What some claims' registrations were made with and what this is, where these differ; empty otherwise."""
    entries = [entry for c in claims for entry in registered(c).get(c.name, {}).values()]
    then = sorted({entry["digests"]["made_with"] for entry in entries if "digests" in entry} - {computed_with()})
    return f"registered with {'; '.join(then)}; this is {computed_with()}" if then else ""


def is_registered(claim: Claim, tier: str) -> bool:
    """Whether the claim is exactly what was registered."""
    return status(claim, tier) == "registered"


def check_score(claim: Claim, tier: str, score: Score) -> None:
    """Hold a score against the registered kind, metric, arms and margin.

    Raises
    ------
    RegistrationError : naming what differs; a margin that depends on the data is the usual cause
    """
    promised = registered(claim)[claim.name][tier]["score"]
    now = json.loads(json.dumps(score.frozen()))
    if now != promised:
        raise RegistrationError(
            f"{claim.name} [{tier}] scored {now}, but {promised} was registered: it must not depend on the data"
        )


def registered(claim: Claim) -> Mapping[str, Any]:
    """The registrations of the package that a claim belongs to; DocumentError where the file is damaged."""
    path = folder_of(claim) / "registered.json"
    if not path.exists():
        return {}
    state = path.stat()
    return _read(path, state.st_mtime_ns, state.st_size, state.st_ino)


@lru_cache(maxsize=8)
def _read(path: Path, *_: int) -> Mapping[str, Any]:
    """A file as it is since it was last written: a run asks 243 times, and reading it takes 3 ms."""
    return document(path, REMEDY, _SCHEMA)  # type: ignore[no-any-return]


def was_seen(experiment: Experiment, claim: Claim) -> bool:
    """Whether this revision of the experiment is in a registration, so that its block 1 may have been looked at."""
    entries = [entry for tiers in registered(claim).values() for entry in tiers.values()]
    return any(e["experiment"] == experiment.name and e["revision"] == experiment.revision for e in entries)


def _file(claim: Claim) -> Path:
    return Path(str(importlib.import_module(claim.score.__module__).__file__))


def folder_of(claim: Claim) -> Path:
    """The folder of the claims package: `registered.json` and `redraws.json` lie there."""
    return _folder(importlib.import_module(package_of(importlib.import_module(claim.score.__module__))))


def _folder(package: ModuleType) -> Path:
    return Path(next(iter(package.__path__)))
