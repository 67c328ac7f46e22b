"""What was promised before the evidence was seen: the frozen fields of every claim and tier, in `registered.json`."""

import dataclasses
import hashlib
import importlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hw1.blocks import DEVELOPMENT, EVIDENCE, seeds_of
from hw1.fingerprints import claim_digest
from hw1.machine.environment import computed_with
from hw1.registry.declarations import Claim
from hw1.registry.experiments import Experiment, all_claims, experiment_of, experiments_of, package_of, readers
from hw1.registry.refactoring import Measured, alike, digests, only_in_one
from hw1.statistics import Score

CODE = "its code or setting"  # what differs where no field does


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
        "n0": experiment.seeds(tier),
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


def consequences(claims: Sequence[Claim]) -> list[str]:
    """What registering these claims would do to experiments whose evidence may have been seen, if scores differ."""
    lines = []
    for experiment in experiments_of(claims):
        if _was_seen(experiment, claims[0]):
            bump = f"unless scores are what they were, REVISION {experiment.revision} -> {experiment.revision + 1}"
            names = ", ".join(claim.name for claim in readers(experiment))
            lines.append(f"{experiment.name}: {bump} redraws the seeds of {names}")
    return lines


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
    """The registrations of the package that a claim belongs to."""
    path = _path(claim)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def register(claims: Sequence[Claim], measured: Measured) -> Iterator[str]:
    """Write claims into `registered.json`, and redraw the seeds of experiments whose evidence may have been seen.

    A claim that is what was registered stays. One that differs in its code or setting alone, and whose scores and whose
    control's scores are what they were to the last bit, was refactored: its hash is renewed, and nothing is redrawn.

    Parameters
    ----------
    claims : of one package
    measured : gives development tables, from which kind, metric, arms and margin are read

    Yields
    ------
    one line per experiment and claim
    """
    new = []
    for claim in claims:
        if all(is_registered(claim, tier) for tier in claim.tiers):
            yield f"{claim.name}: as registered, nothing to do"
        elif renewed := _renewed(claim, measured):
            fields = [one for tier in renewed for one in only_in_one(_digests(claim, tier), renewed[tier]["digests"])]
            _write(claim, renewed)
            yield f"{claim.name}: refactored, its scores are those that were registered; its hash is renewed"
            if fields:
                yield f"  fields that its setting has only now, or had only then: {', '.join(fields)}"
        else:
            new.append(claim)
    if new:
        yield from _register_anew(new, measured)


def _register_anew(claims: Sequence[Claim], measured: Measured) -> Iterator[str]:
    touched = {experiment.name: experiment for experiment in experiments_of(claims)}
    companions = _companions(claims, touched)  # asked before the bump, which makes every claim differ
    yield from [_bump(experiment) for experiment in touched.values() if _was_seen(experiment, claims[0])]
    for claim in [*claims, *companions]:
        _write(claim, {tier: _entry(claim, tier, measured) for tier in claim.tiers})
        yield f"{claim.name}: registered as {claim.expect} in {', '.join(claim.tiers)}"


def keep_digests(claims: Sequence[Claim], measured: Measured) -> Iterator[str]:
    """Keep the digests of blocks 0 and 1 beside the entries of claims that are as registered."""
    for claim in claims:
        if all(is_registered(claim, tier) for tier in claim.tiers):
            entries = registered(claim)[claim.name]
            blocks = (DEVELOPMENT, EVIDENCE)
            _write(claim, {t: {**e, "digests": digests(claim, t, blocks, measured)} for t, e in entries.items()})
            yield f"{claim.name}: digests of its scores on blocks {DEVELOPMENT} and {EVIDENCE} are kept"
        else:
            yield f"{claim.name}: not as registered, left out"


def _renewed(claim: Claim, measured: Measured) -> dict[str, Any] | None:
    """The entries of a claim that was refactored; None where more than code or setting differs, or scores do.

    Raises
    ------
    RegistrationError : where the digests were made elsewhere, so that equal code may give other bits
    """
    if any(found is None or set(found) - {CODE} for found in (changes(claim, tier) for tier in claim.tiers)):
        return None
    renewed = {}
    for tier in claim.tiers:
        known = _digests(claim, tier)
        if not known:
            return None
        if known["made_with"] != computed_with():
            raise RegistrationError(
                f"{claim.name}: the digests of its scores were made with {known['made_with']}, and this is "
                f"{computed_with()}: they say nothing here. Make new ones from the code that was registered, with "
                f"register --digests, or delete them from registered.json to register the claim anew."
            )
        now = digests(claim, tier, [int(block) for block in known if block.isdigit()], measured)
        if not alike(known, now):
            return None
        renewed[tier] = {**registered(claim)[claim.name][tier], **frozen(claim, tier), "digests": now}
    return renewed


def _digests(claim: Claim, tier: str) -> Mapping[str, Any]:
    return registered(claim)[claim.name][tier].get("digests", {})  # type: ignore[no-any-return]


def _entry(claim: Claim, tier: str, measured: Measured) -> dict[str, Any]:
    """The registration of one tier; kind, metric, arms and margin are read off development tables.

    `full` has no pilot: its score is read off the fast tables under the full setting, as the arms are the same.
    """
    experiment = experiment_of(claim)
    tables = measured(experiment, experiment.setting("fast"), seeds_of(DEVELOPMENT, experiment.seeds("fast")))
    score = json.loads(json.dumps(claim(tables, experiment.setting(tier)).frozen()))
    return {**frozen(claim, tier), "score": score, "digests": digests(claim, tier, [DEVELOPMENT], measured)}


def _write(claim: Claim, entries: Mapping[str, Any]) -> None:
    known = {**registered(claim), claim.name: entries}
    _path(claim).write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _companions(claims: Sequence[Claim], touched: Mapping[str, Experiment]) -> list[Claim]:
    """The other registered claims of the same experiments: a bump redraws their seeds, so they are registered anew.

    Those that differ from their registration are left out: registering them takes naming them.
    """
    package = package_of(next(iter(touched.values())).module)
    others = [c for c in all_claims(package) if c.experiment in touched and c not in claims]
    return [c for c in others if all(is_registered(c, tier) for tier in c.tiers)]


def _was_seen(experiment: Experiment, claim: Claim) -> bool:
    """Whether this revision of the experiment is in a registration, so that its block 1 may have been looked at."""
    entries = [entry for tiers in registered(claim).values() for entry in tiers.values()]
    return any(e["experiment"] == experiment.name and e["revision"] == experiment.revision for e in entries)


def _bump(experiment: Experiment) -> str:
    old, new = experiment.revision, experiment.revision + 1
    text = experiment.path.read_text(encoding="utf-8")
    changed, times = re.subn(rf"(?m)^REVISION = {old}\b", f"REVISION = {new}", text)
    if times != 1:
        raise RegistrationError(
            f"{experiment.path} has {times} lines `REVISION = {old}`: exactly one is needed to bump it"
        )
    experiment.path.write_text(changed, encoding="utf-8")
    experiment.module.REVISION = new  # type: ignore[attr-defined]
    return f"{experiment.name}: REVISION {old} -> {new}, all its seeds are redrawn"


def _file(claim: Claim) -> Path:
    return Path(str(importlib.import_module(claim.score.__module__).__file__))


def _path(claim: Claim) -> Path:
    package = importlib.import_module(package_of(importlib.import_module(claim.score.__module__)))
    return Path(next(iter(package.__path__))) / "registered.json"
