"""An outcome that is required of a finding, as of a student's net: whether it came, and how often by chance."""

from collections.abc import Iterator

from hw1.judging.findings import Finding
from hw1.statistics import Outcome, miss

__all__ = ["required"]

SHARES = (0.99, 0.9)  # of seeds that speak for the outcome: what a sound net may be like


def required(found: Finding, outcome: Outcome) -> Iterator[str]:
    """Lines for a terminal: passed or failed, and the exact chances of being wronged and of passing by luck."""
    design, came = found.design, found.verdict.outcome
    word = "none" if came == "invalid" else came if found.sound else f"{came}, and says nothing"
    yield f"  required: {outcome}; the verdict is {word}: {'passed' if found.sound and came == outcome else 'failed'}"
    speak = "show the claim" if outcome == "holds" else "contradict it"
    sure, usual = (f"{miss(share, design, outcome):.1g}" for share in SHARES)
    border = design.p0 if outcome == "holds" else 1 - design.p0
    yield f"    by bad luck a net fails with probability {sure} where {SHARES[0] * 100:g} % of its seeds {speak},"
    yield f"    with {usual} where {SHARES[1] * 100:g} % do; by good luck it passes with {design.alpha:g} at most,"
    yield f"    where no more than {border * 100:g} % do"
