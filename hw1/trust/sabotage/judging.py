"""What the claims say under a fault: green where a claim's test would pass, red where it would not."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hw1.judging.answers import Answers
from hw1.judging.decisions import Decision, Question
from hw1.registry import Claim
from hw1.running.computing import CellError
from hw1.running.results import Results
from hw1.running.store import StoreError
from hw1.statistics import Invalid
from hw1.statistics.looks import SIZES
from hw1.trust.sabotage.recasting import NotApplicable

__all__ = ["SEEDS", "TIER", "Seen", "answers_from", "seen"]

SEEDS = SIZES[0]  # of the first look
TIER = "fast"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What became of a claim under a fault: the outcome in words, and whether its test would have passed."""

    claim: Claim
    fault: str
    outcome: str
    green: bool
    note: str = ""  # why there is no outcome


def answers_from(results: Results, block: int) -> Answers:
    """Decides on the seeds of the first look."""
    return Answers(results, block=block, looks=1)


def seen(claims: Sequence[Claim], fault: str, answers: Answers) -> list[Seen]:
    """The claims under a fault, once all of their cells are computed."""
    questions = [Question(claim, TIER) for claim in claims]
    answers.train(questions)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # ratios of nothing to nothing
        return [_seen(question, fault, answers) for question in questions]


def _seen(question: Question, fault: str, answers: Answers) -> Seen:
    claim = question.claim
    try:
        made = answers.decide(question)
    except StoreError:
        raise
    except NotApplicable as reason:
        return Seen(claim=claim, fault=fault, outcome="not applicable", green=False, note=str(reason))
    except Invalid as error:
        return Seen(claim=claim, fault=fault, outcome="invalid", green=False, note=_last_line(error))
    except Exception as error:  # a fault may break anything; what cannot be computed or scored is an error, and red
        return Seen(claim=claim, fault=fault, outcome="error", green=False, note=_last_line(error))
    return Seen(claim=claim, fault=fault, outcome=_outcome(made), green=made.as_registered)


def _outcome(made: Decision) -> str:
    """The verdict, or what spoils it."""
    if made.verdict.outcome != made.question.claim.expect:
        return made.verdict.outcome
    if not made.control_is_right:
        return "control"
    return made.verdict.outcome if made.nothing_in_same_arms else "same arms"


def _last_line(error: Exception) -> str:
    """What was said in the end; of cells that failed, by the first."""
    said = next(iter(error.errors.values())) if isinstance(error, CellError) else str(error)
    return ([line.strip() for line in said.splitlines() if line.strip()] or [type(error).__name__])[-1]
