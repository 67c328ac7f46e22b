"""Questions, and decisions: the verdict on a claim, or on its control, and whether it is what was registered."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from hw1.registry import Claim, Experiment, experiment_of
from hw1.registry.registration import arms_read, status
from hw1.statistics import Card, Design, Invalid, Score, Verdict, card, judge, same_arms
from hw1.statistics.looks import TAKEN
from hw1.tables import Tables

_MOST = "a control must be seen on less than three quarters"


@dataclass(frozen=True)
class Question:
    """A claim in one tier, or its trained control; what it is about is looked up when it is first needed."""

    claim: Claim
    tier: str
    control: bool = False

    @cached_property
    def experiment(self) -> Experiment:
        """The experiment whose tables answer it."""
        return experiment_of(self.claim)

    @cached_property
    def setting(self) -> Any:
        """The tier's setting, or of a trained control its twin."""
        setting = self.experiment.setting(self.tier)
        return self.claim.control.twin(setting) if self.control else setting

    @cached_property
    def looks(self) -> tuple[int, ...]:
        """The number of seeds of each planned look, as registered."""
        return self.experiment.looks(self.tier)

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """The arms that it reads: all of its experiment, unless it is registered that some are not read."""
        return arms_read(self.claim, self.tier)

    @property
    def positive(self) -> bool:
        """Whether this is, or has, a twin that must hold: it then takes looks of its own."""
        return self.claim.expect == "refuted"

    @cached_property
    def status(self) -> str:
        """ "registered", or "development: ..." with what differs from the registration."""
        return status(self.claim, self.tier)

    @property
    def id(self) -> str:
        """The test's id: `fast`, `full`, `fast-control`, `full-control`."""
        return f"{self.tier}-control" if self.control else self.tier


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The verdict on a question, and whether it is what was registered."""

    question: Question
    verdict: Verdict
    design: Design
    status: str  # "registered", or "development: ..."
    table_control: Verdict | None  # of a control that works on the tables
    same_arms: Verdict | None  # of the twin whose arms are all the same, see `hw1.statistics.same_arms`
    took: Mapping[str, float]  # seconds by arm, of the cells that were read, when they were computed
    block: int
    score: Score = field(repr=False)
    note: str = ""  # what a reader must know of these seeds beside their number

    @property
    def seconds(self) -> float:
        """Of all cells that were read, when they were computed."""
        return sum(self.took.values())

    @property
    def values(self) -> dict[int, float]:
        """The score of every seed."""
        values = self.score.values
        return dict(zip(values.index.astype(int).tolist(), values.astype(float).tolist(), strict=True))

    @cached_property
    def card(self) -> Card:
        """How the claim behaves where there is no effect, from the relabelled arms of these seeds."""
        return card(self.score, self.design, self.question.claim.expect)

    @property
    def expected(self) -> str:
        """What the registration asks for."""
        claim = self.question.claim
        if self.question.control:
            return "holds" if claim.expect == "refuted" else "does not hold"
        return claim.expect

    @property
    def registered_looks(self) -> bool:
        """Whether it was judged at the looks that are registered, however many were allowed."""
        return self.design == design_of(self.question, len(self.design.sizes))

    @property
    def as_registered(self) -> bool:
        """Whether the verdict is what was registered, and the twins on the tables decide as they must."""
        if self.verdict.outcome == "invalid":  # nothing was seen: not of a control that must not hold either
            return False
        if self.question.control:
            return behaves(self.question.claim, self.verdict)
        right = self.verdict.outcome == self.question.claim.expect
        return right and self.control_is_right and self.nothing_in_same_arms

    @property
    def control_is_right(self) -> bool:
        """Whether the control on the tables, if the claim has one, decides as it must."""
        return self.table_control is None or behaves(self.question.claim, self.table_control)

    @property
    def nothing_in_same_arms(self) -> bool:
        """Whether the claim sees no effect where all arms are the same; without a margin, none against it either."""
        seen = self.same_arms.outcome if self.same_arms else "inconclusive"
        return seen in ("inconclusive", "invalid") or (
            seen == "refuted" and not self.score.parameters["direction_only"]
        )

    def __str__(self) -> str:
        claim = self.question.claim
        control = f" under its control {claim.control.name}" if self.question.control else ""
        subject = f"{claim.name} [{self.question.tier}]{control}"
        first = f"{subject} {self.verdict} (expected: {self.expected}; {self.status})"
        return "; ".join([first, *self._wrong_twins(), *filter(None, [self._further_looks(), self.note])])

    def _wrong_twins(self) -> Iterator[str]:
        """What speaks against the decision beside its outcome; an invalid one has twins that say no more."""
        claim, verdict = self.question.claim, self.verdict
        if self.question.control and verdict.outcome == "inconclusive" and not self.as_registered:
            yield f"it is seen on {verdict.wins} of {verdict.n} seeds: {_MOST}"
        if verdict.outcome == "invalid":
            return
        if not self.control_is_right:
            yield f"its control {claim.control.name} {_must(claim, self.table_control)}: the claim tests nothing"
        if not self.nothing_in_same_arms:
            yield f"where all arms are the same, {self.same_arms}: the claim sees an effect that is not there"

    def _further_looks(self) -> str:
        """How to let more seeds decide, where they may."""
        planned, verdict = self.question.looks, self.verdict
        waits = self.question.positive or not self.question.control
        if not self.registered_looks or not waits or self.as_registered or verdict.look == len(planned):
            return ""
        if verdict.outcome not in ("inconclusive", "invalid"):
            return ""
        return f"{verdict.n} seeds do not decide: allow {planned[verdict.look]} with --hw1-looks {verdict.look + 1}"


def _must(claim: Claim, verdict: Verdict | None) -> str:
    """What a control on the tables must do, and does not."""
    if claim.expect == "refuted":
        return f"must hold, but {verdict}"
    if verdict is None or verdict.outcome == "holds":
        return f"must not hold, but {verdict}"
    return f"is seen on {verdict.wins} of {verdict.n} seeds ({_MOST}): {verdict}"


def behaves(claim: Claim, verdict: Verdict) -> bool:
    """A positive twin must hold; a negative one must not, nor be seen on as many seeds as may hold with more of them.

    At 12 seeds a control that 90 % of seeds show holds only in 28 % of runs: three quarters of the seeds count as well.
    """
    if claim.expect == "refuted":
        return verdict.outcome == "holds"
    return verdict.outcome in ("refuted", "inconclusive") and 4 * verdict.wins < 3 * verdict.n


def design_of(question: Question, looks: int = TAKEN) -> Design:
    """The looks of a claim, or of its trained control, of which some are allowed.

    The positive twin of a claim registered as refuted needs a majority of seeds only, even where the claim itself asks
    for more: with p0 = .75 no 24 seeds can hold, and the twin only has to show that the score sees an effect.
    """
    claim, p0 = question.claim, question.claim.p0[question.tier]
    share = min(p0, 0.5) if question.control and claim.expect == "refuted" else p0
    return Design.looking(question.looks, looks, alpha=claim.alpha, p0=share)


def judged(question: Question, score: Score, design: Design) -> Verdict:
    """The verdict on a claim, or on its control.

    The claim's look is the last one of a trained control that must not hold: if it is not decided there, and its assay
    is met on half of the seeds at most, it is invalid, as nothing could have been seen.
    """
    if not question.control:
        return judge(score, design, reach=question.claim.expect)
    verdict = judge(score, design, reach="holds" if question.positive else question.claim.expect)
    idle = question.claim.control.trains and not question.positive and verdict.idle
    return replace(verdict, outcome="invalid") if idle and verdict.outcome == "inconclusive" else verdict


def judged_on_tables(question: Question, tables: Tables, design: Design) -> Verdict | None:
    """The verdict on the claim's control where that works on the tables; None for a control that trains."""
    if question.control or question.claim.control.trains:
        return None
    twin = replace(question, control=True)
    score = question.claim.of_control(tables, question.setting)
    return judged(twin, score, replace(design, p0=design_of(twin).p0))


def judged_in_same_arms(question: Question, score: Score, design: Design) -> Verdict | None:
    """The verdict on the twin whose arms are all the same; None for a control, and where seeds are too few.

    Judged against half of the seeds whatever the claim asks for, since half is what chance gives.
    """
    twin = same_arms(score)
    if twin is None or question.control:
        return None
    with suppress(Invalid):
        return judge(twin, replace(design, p0=0.5))
    return None
