"""How claims get into `registered.json`: refactored ones keep their evidence, others redraw what may have been seen."""

import importlib.util
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path

from hw1.blocks import DEVELOPMENT
from hw1.registry import redraws
from hw1.registry.checkout import check_writable
from hw1.registry.declarations import Claim
from hw1.registry.entries import Cells, blocks_of, digests_of, distinct, trains, write_entries
from hw1.registry.experiments import Experiment, all_claims, experiment_of, experiments_of, package_of, readers
from hw1.registry.redraws import Redraw
from hw1.registry.refactoring import Measured, asked, only_in_one
from hw1.registry.registration import (
    RegistrationError,
    folder_of,
    is_registered,
    redrawn,
    registered,
    was_seen,
)
from hw1.registry.renewing import new_entry, only_code_differs, renewed_entries
from hw1.writing import write


def register(
    claims: Sequence[Claim], measured: Measured, cells: Cells, reason: str = ""
) -> Generator[str, None, list[Claim]]:
    """Write claims into `registered.json`, and redraw the seeds of experiments whose evidence may have been seen.

    A claim that is what was registered stays. One that differs in its code or setting alone, and whose scores and whose
    control's scores are what they were to the last bit, was refactored: its hash is renewed, and nothing is redrawn.

    Parameters
    ----------
    claims : of one package
    measured : gives development tables, from which kind, metric, arms and margin are read
    cells : says how much of them has to be trained
    reason : why seeds are redrawn; without one, claims that would redraw some are left as they are

    Yields
    ------
    lines on what is trained, on each experiment that is, or would be, redrawn, and on each claim

    Returns
    -------
    the claims that were left as they are

    Raises
    ------
    ValueError : where the files belong to an installed package
    """
    for path in [folder_of(claims[0]) / "registered.json", *(one.path for one in experiments_of(claims))]:
        check_writable(path)
    new = yield from _known(claims, measured, cells)
    left = [claim for claim in new if not reason and was_seen(experiment_of(claim), claim)]
    yield from _would_redraw(left, cells)
    if anew := [claim for claim in new if claim not in left]:
        yield from _register_anew(anew, measured, cells, reason)
    return left


def _known(claims: Sequence[Claim], measured: Measured, cells: Cells) -> Generator[str, None, list[Claim]]:
    """Leave what is as registered, renew what was refactored, and return the others."""
    new = []
    differ = [claim for claim in claims if not all(is_registered(claim, tier) for tier in claim.tiers)]
    yield from trains([one for c in differ if only_code_differs(c) for one in asked(c, blocks_of(c))], cells)
    for claim in claims:
        if claim not in differ:
            yield f"{claim.name}: as registered, nothing to do"
        elif renewed := renewed_entries(claim, measured):
            fields = [one for tier in renewed for one in only_in_one(digests_of(claim, tier), renewed[tier]["digests"])]
            write_entries(claim, renewed)
            yield f"{claim.name}: refactored, its scores are those that were registered; its hash is renewed"
            if fields:
                yield f"  fields that its setting has only now, or had only then: {', '.join(fields)}"
        else:
            new.append(claim)
    return new


def _would_redraw(claims: Sequence[Claim], cells: Cells) -> Iterator[str]:
    """What registering these claims would draw anew: experiments, revisions, claims, and the cells to train."""
    for experiment in experiments_of(claims):
        own = [claim for claim in claims if claim.experiment == experiment.name]
        companions = _companions(own, {experiment.name: experiment})
        tables = distinct(one for claim in [*own, *companions] for one in asked(claim, [DEVELOPMENT]))
        yield from redrawn(experiment, own[0])
        for words, some in (("register anew", [*own, *companions]), ("left as development", _others(own, companions))):
            if some:
                yield f"  {words}: {', '.join(claim.name for claim in some)}"
        yield f"  to train: {sum(cells(*one)[0] for one in tables)} cells"


def _others(claims: Sequence[Claim], companions: Sequence[Claim]) -> list[Claim]:
    """The claims of the same experiment that were not named, and differ from their registration."""
    return [one for one in readers(experiment_of(claims[0])) if one not in [*claims, *companions]]


def _register_anew(claims: Sequence[Claim], measured: Measured, cells: Cells, reason: str) -> Iterator[str]:
    touched = {experiment.name: experiment for experiment in experiments_of(claims)}
    companions = _companions(claims, touched)  # asked before the bump, which makes every claim differ
    named = [*claims, *companions]
    seen = any(was_seen(experiment, claims[0]) for experiment in touched.values())
    yield from trains([one for c in named for one in asked(c, [DEVELOPMENT])[seen:]], cells)  # seen: controls alone
    _check_controls(named, measured)
    for experiment in touched.values():
        yield from _redraw(experiment, claims[0], reason)
    if seen:
        yield from trains([one for claim in named for one in asked(claim, [DEVELOPMENT])], cells)
    for claim in named:
        write_entries(claim, {tier: new_entry(claim, tier, measured) for tier in claim.tiers})
        yield f"{claim.name}: registered as {claim.expect} in {', '.join(claim.tiers)}"


def _check_controls(claims: Sequence[Claim], measured: Measured) -> None:
    """Refuse controls that train and on which the assay is met by half of the seeds at most: they get no verdict.

    Raises
    ------
    RegistrationError : naming the claim, its control and the seeds; nothing is registered
    """
    trained = [c for c in claims if c.control.trains and not c.control.unassayed]
    for claim in trained:
        twin = asked(claim, [DEVELOPMENT])[-1]
        met = claim.assay.met(measured(*twin), twin[1])
        if met is not None and 2 * met.sum() <= len(met):
            raise RegistrationError(
                f"{claim.name}: {met.sum()} of {len(met)} development seeds of its control {claim.control.name} "
                f"{claim.assay.words}, so that the control would get no verdict. Where the point of the control is "
                f'that nothing trains, write @untrained_control("why") above it; else let it train'
            )


def _redraw(experiment: Experiment, claim: Claim, reason: str) -> Iterator[str]:
    """Bump an experiment whose evidence may have been seen, and log it; a bump by hand is logged too."""
    folder, now, names = folder_of(claim), experiment.revision, [one.name for one in readers(experiment)]
    entries = [entry for tiers in registered(claim).values() for entry in tiers.values()]
    before = max((e["revision"] for e in entries if e["experiment"] == experiment.name), default=now)
    if was_seen(experiment, claim):
        yield _bump(experiment)
        redraws.add(folder, Redraw.now(experiment, now, now + 1, reason, names))
    elif before < now and (experiment.name, now) not in {(one.experiment, one.new) for one in redraws.read(folder)}:
        redraws.add(folder, Redraw.now(experiment, before, now, reason or redraws.BY_HAND, names))
        yield f"{experiment.name}: REVISION {before} -> {now} by hand, kept in redraws.json"


def _companions(claims: Sequence[Claim], touched: Mapping[str, Experiment]) -> list[Claim]:
    """The other registered claims of the same experiments: a bump redraws their seeds, so they are registered anew.

    Those that differ from their registration are left out: registering them takes naming them.
    """
    package = package_of(next(iter(touched.values())).module)
    others = [c for c in all_claims(package) if c.experiment in touched and c not in claims]
    return [c for c in others if all(is_registered(c, tier) for tier in c.tiers)]


def _bump(experiment: Experiment) -> str:
    old, new = experiment.revision, experiment.revision + 1
    text = experiment.path.read_text(encoding="utf-8")
    changed, times = re.subn(rf"(?m)^REVISION = {old}\b", f"REVISION = {new}", text)
    if times != 1:
        raise RegistrationError(
            f"{experiment.path} has {times} lines `REVISION = {old}`: exactly one is needed to bump it"
        )
    write(experiment.path, changed)
    _forget_bytecode(experiment.path)
    experiment.module.REVISION = new  # type: ignore[attr-defined]
    return f"{experiment.name}: REVISION {old} -> {new}, all its seeds are redrawn"


def _forget_bytecode(path: Path) -> None:
    """Python takes bytecode for that of a source of the same length and second, as one that is saved and bumped."""
    Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
