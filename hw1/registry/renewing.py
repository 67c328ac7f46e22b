"""Registrations that stay: of refactored code, of a setting of `full` that nobody ran, and what is kept beside them."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from hw1.blocks import DEVELOPMENT, EVIDENCE
from hw1.registry.checkout import check_writable
from hw1.registry.declarations import Claim
from hw1.registry.entries import Cells, blocks_of, known_digests, trains, write_entries
from hw1.registry.experiments import experiment_of
from hw1.registry.refactoring import Measured, alike, asked, digests
from hw1.registry.registration import (
    CODE,
    RegistrationError,
    changes,
    folder_of,
    frozen,
    is_registered,
    registered,
)
from hw1.registry.unread import unread


def resettle(claims: Sequence[Claim], measured: Measured, cells: Cells, reason: str) -> Iterator[str]:
    """Register another setting of `full`, or a first one, for claims of which nobody has run that tier.

    No seed is redrawn. What was seen of `fast` stands, as no score of it changes; of `full` there is nothing that could
    have been chosen by.

    Parameters
    ----------
    claims : that differ from their registration in the setting of `full` alone, or were registered without one
    reason : why the setting is another; kept in `registered.json`

    Raises
    ------
    RegistrationError : for a claim of which more differs; nothing is registered
    """
    check_writable(folder_of(claims[0]) / "registered.json")
    for claim in claims:
        if not (only_full_differs(claim) or only_full_is_new(claim)):
            raise _more_differs(claim)
        if seen := seen_in_full(claim):
            raise RegistrationError(
                f"{claim.name}: {', '.join(seen)} of the same experiment had the tier full before, so that its seeds "
                f"may have been seen, and --unrun cannot register it: python -m hw1 register {claim.name} "
                f'--redraw "REASON"'
            )
    yield from trains([one for claim in claims for one in asked(claim, blocks_of(claim))], cells)
    entries = [
        _resettled(claim, measured, reason) if only_full_differs(claim) else _with_full(claim, measured, reason)
        for claim in claims
    ]
    for claim, entry in zip(claims, entries, strict=True):
        write_entries(claim, {**registered(claim)[claim.name], **entry})
        yield f"{claim.name}: registered with its new setting in full, no seed is redrawn"


def only_full_differs(claim: Claim) -> bool:
    """Whether a claim is as registered but for its code or setting in `full`."""
    differ = {tier: set(changes(claim, tier) or ()) for tier in claim.tiers if not is_registered(claim, tier)}
    return differ == {"full": {CODE}}


def only_full_is_new(claim: Claim) -> bool:
    """Whether a claim was registered without the tier `full`, and of the other nothing but code differs."""
    known = registered(claim).get(claim.name, {})
    return "full" in claim.tiers and known.keys() == {"fast"} and _is_code_at_most(claim, ["fast"])


def is_unrun(claim: Claim) -> bool:
    """Whether `resettle` may take it, as far as can be known without scores."""
    return only_full_differs(claim) or (only_full_is_new(claim) and not seen_in_full(claim))


def seen_in_full(claim: Claim) -> list[str]:
    """The other claims whose runs of `full` may have shown what this one, without that tier so far, reads there."""
    known, experiment = registered(claim), experiment_of(claim)
    if "full" in known.get(claim.name, {}):
        return []
    entries = {name: tiers["full"] for name, tiers in known.items() if "full" in tiers}
    now = experiment.name, experiment.revision
    return [name for name, entry in entries.items() if (entry["experiment"], entry["revision"]) == now]


def _more_differs(claim: Claim) -> RegistrationError:
    return RegistrationError(
        f"{claim.name}: more differs from its registration than the setting of full, or nothing does, so that "
        f"--unrun cannot register it; what differs: python -m hw1 register"
    )


def _resettled(claim: Claim, measured: Measured, reason: str) -> dict[str, Any]:
    """The entry of `full`; the scores on the tables of `fast` must be what they were under the former setting."""
    known = known_digests(claim, "full")
    now = digests(claim, "full", [int(block) for block in known if block.isdigit()], measured)
    if not alike({**known, "setting": {}}, {**now, "setting": {}}):
        raise _more_differs(claim)
    entry = registered(claim)[claim.name]["full"]
    kept = [*entry.get("unrun", ()), _dated(reason)]
    made = {"digests": now, "unread": unread(claim, "full", measured), "unrun": kept}
    return {"full": {**entry, **frozen(claim, "full"), **made}}


def _with_full(claim: Claim, measured: Measured, reason: str) -> dict[str, Any]:
    """The entry of `fast`, whose scores must be what they were, and a first one of `full`."""
    renewed = _renewed(claim, ["fast"], measured)
    if renewed is None:
        raise _more_differs(claim)
    return {**renewed, "full": {**new_entry(claim, "full", measured), "unrun": [_dated(reason)]}}


def _dated(reason: str) -> str:
    return f"{datetime.now(UTC).date().isoformat()}: {reason}"


def keep_digests(claims: Sequence[Claim], measured: Measured, cells: Cells) -> Iterator[str]:
    """Keep the digests of blocks 0 and 1 beside the entries of claims that are as registered."""
    blocks = (DEVELOPMENT, EVIDENCE)
    words = f"digests of its scores on blocks {DEVELOPMENT} and {EVIDENCE} are kept"

    def made(claim: Claim, tier: str) -> dict[str, Any]:
        return {"digests": digests(claim, tier, blocks, measured)}

    yield from _kept(claims, blocks, cells, made, words)


def keep_unread(claims: Sequence[Claim], measured: Measured, cells: Cells) -> Iterator[str]:
    """Keep which arms they do not read beside the entries of claims that are as registered."""

    def made(claim: Claim, tier: str) -> dict[str, Any]:
        return {"unread": unread(claim, tier, measured)}

    yield from _kept(claims, (DEVELOPMENT,), cells, made, "the arms that it does not read are kept")


def _kept(
    claims: Sequence[Claim],
    blocks: Sequence[int],
    cells: Cells,
    made: Callable[[Claim, str], dict[str, Any]],
    words: str,
) -> Iterator[str]:
    """Keep what is made from the tables of some blocks beside the entries of claims that are as registered."""
    check_writable(folder_of(claims[0]) / "registered.json")
    same = [claim for claim in claims if all(is_registered(claim, tier) for tier in claim.tiers)]
    yield from trains([one for claim in same for one in asked(claim, blocks)], cells)
    for claim in claims:
        if claim in same:
            entries = registered(claim)[claim.name]
            write_entries(claim, {tier: {**entry, **made(claim, tier)} for tier, entry in entries.items()})
            yield f"{claim.name}: {words}"
        else:
            yield f"{claim.name}: not as registered, left out"


def only_code_differs(claim: Claim) -> bool:
    """Whether nothing but code or setting differs from the registration, in any tier."""
    return _is_code_at_most(claim, claim.tiers)


def _is_code_at_most(claim: Claim, tiers: Sequence[str]) -> bool:
    return all(found is not None and not set(found) - {CODE} for found in (changes(claim, tier) for tier in tiers))


def renewed_entries(claim: Claim, measured: Measured) -> dict[str, Any] | None:
    """The entries of a claim that was refactored; None where more than code or setting differs, or scores do.

    Raises
    ------
    RegistrationError : where the digests were made elsewhere, so that equal code may give other bits
    """
    return _renewed(claim, claim.tiers, measured) if only_code_differs(claim) else None


def _renewed(claim: Claim, tiers: Sequence[str], measured: Measured) -> dict[str, Any] | None:
    renewed = {}
    for tier in tiers:
        known = known_digests(claim, tier)
        if not known:
            return None
        now = digests(claim, tier, [int(block) for block in known if block.isdigit()], measured)
        if not alike(known, now):
            return None
        made = {"digests": now, "unread": unread(claim, tier, measured)}
        renewed[tier] = {**registered(claim)[claim.name][tier], **frozen(claim, tier), **made}
    return renewed


def new_entry(claim: Claim, tier: str, measured: Measured) -> dict[str, Any]:
    """The registration of one tier; kind, metric, arms and margin are read off development tables.

    `full` has no pilot: its score is read off the fast tables under the full setting, as the arms are the same.
    """
    experiment = experiment_of(claim)
    tables = measured(*asked(claim, [DEVELOPMENT])[0])
    score = json.loads(json.dumps(claim(tables, experiment.setting(tier)).frozen()))
    made = digests(claim, tier, [DEVELOPMENT], measured)
    return {**frozen(claim, tier), "score": score, "digests": made, "unread": unread(claim, tier, measured)}
