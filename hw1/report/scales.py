"""Two scales side by side: what each claim of the tier `full` came to there and in `fast`, and what is undecided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hw1.registry import Claim, experiment_of
from hw1.report.words import plural

Record = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A claim of the published scale, with what decided it at either scale.

    Attributes
    ----------
    fast, full : decisions as a manifest has them; None where none is given
    trained : the decision of its control at the published scale, where that trains; None where it was not run
    price : core-hours of the first look of its experiment, measured or estimated; None where it is not known
    alone : those of the arms that the claim reads
    """

    claim: Claim
    fast: Record | None
    full: Record | None
    trained: Record | None
    price: float | None
    alone: float | None

    @property
    def blind(self) -> bool:
        """Whether a control of the published scale decides otherwise than it must: the verdict there is no evidence."""
        controls = [self.full[name] for name in ("table_control", "same_arms")] if self.full else []
        wrong = bool(self.full and self.trained and not self.trained["as_registered"])
        return wrong or any(control and not control["right"] for control in controls)

    @property
    def lacks_control(self) -> bool:
        """Whether it is decided, and its control, which trains nets of its own, was not run at that scale."""
        return self.decided and self.claim.control.trains and self.trained is None

    @property
    def outcome(self) -> str:
        """What came of it at the published scale: the verdict's outcome, unless it was not run or is no evidence."""
        if self.full is None:
            return "not run"
        return "with a failed control" if self.blind else str(self.full["verdict"]["outcome"])

    @property
    def decided(self) -> bool:
        """Whether the published scale has a verdict, and controls that came out as required."""
        return self.outcome in ("holds", "refuted")

    @property
    def agree(self) -> bool | None:
        """Whether both scales give one verdict; None where either is missing or undecided."""
        if self.fast is None or not self.decided:
            return None
        return bool(self.fast["verdict"]["outcome"] == self.outcome)


def beside(
    claims: Sequence[Claim],
    decisions: Sequence[Record],
    prices: Mapping[str, float],
    alone: Mapping[str, float] | None = None,
) -> list[Beside]:
    """The claims of the tier `full`, each with its decisions.

    Parameters
    ----------
    decisions : of any runs; `outdated` ones are left out
    prices, alone : core-hours by experiment, and by claim
    """
    now = _revisions(claims)
    known = {(one["claim"], one["tier"], bool(one["control"])): one for one in decisions if not _is_old(one, now)}
    return [
        Beside(
            claim=one,
            fast=known.get((one.name, "fast", False)),
            full=known.get((one.name, "full", False)),
            trained=known.get((one.name, "full", True)),
            price=prices.get(experiment_of(one).name),
            alone=(alone or {}).get(one.name),
        )
        for one in claims
        if "full" in one.tiers
    ]


def outdated(claims: Sequence[Claim], decisions: Sequence[Record]) -> list[str]:
    """Claims that were decided as they were before their experiment's seeds were drawn anew."""
    now = _revisions(claims)
    return sorted({one["claim"] for one in decisions if _is_old(one, now)})


def _revisions(claims: Sequence[Claim]) -> dict[str, int]:
    return {one.name: experiment_of(one).revision for one in claims}


def _is_old(decision: Record, now: Mapping[str, int]) -> bool:
    return bool(decision["revision"] != now.get(decision["claim"], decision["revision"]))


def closing(found: Sequence[Beside]) -> list[str]:
    """How many are decided, in how many families, where the scales agree, and what the rest would cost."""
    decided = [one for one in found if one.decided]
    families = {experiment_of(one.claim).family for one in decided}
    many = plural(len(families), "family", "families")
    lines = [f"{len(decided)} of {len(found)} claims decided at the published scale, of {many}"]
    if compared := [one for one in decided if one.agree is not None]:
        other = [one.claim.name for one in compared if not one.agree]
        lines.append(f"the same verdict at both scales: {len(compared) - len(other)} of {len(compared)}")
        lines += [f"another verdict: {', '.join(other)}"] if other else []
    blind = [one.claim.name for one in found if one.blind]
    lines += [f"not decided, as a control failed: {', '.join(blind)}"] if blind else []
    left = [one.claim.name for one in found if one.full and not one.decided and not one.blind]
    lines += [f"run, and not decided: {', '.join(left)}"] if left else []
    bare = [one.claim.name for one in found if one.lacks_control]
    lines += [f"decided without its control, which trains and was not run there: {', '.join(bare)}"] if bare else []
    return lines + _not_run([one for one in found if not one.full])


def _not_run(left: Sequence[Beside]) -> list[str]:
    """How many were not run, of how many experiments, and the sum of those prices that are known."""
    if not left:
        return []
    prices = {experiment_of(one.claim).name: one.price for one in left}
    known = [price for price in prices.values() if price is not None]
    many = f"{plural(len(left), 'claim')} of {plural(len(prices), 'experiment')}"
    price = f", {'' if len(known) == len(prices) else 'more than '}{sum(known):.3g} core-hours for the first looks"
    return [f"not run: {many}{price if known else ''}"]
