"""What a claim must say to be judged: each lack is one line with the file, the line and what to write."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from hw1.statistics import Score


def check_claim(made: Any, known: tuple[str, ...]) -> None:
    """Refuse a claim that says too little to be judged; `made` is a `hw1.registry.Claim`, `known` are the tiers.

    Raises
    ------
    ValueError : with what is wrong, what to write, and the file and line of the claim
    """
    for wrong, text in _wrongs(made, known):
        if wrong:
            raise refused(made.score, text)


def _wrongs(made: Any, known: tuple[str, ...]) -> Iterator[tuple[bool, str]]:
    """What a claim must not be, each with what to do about it."""
    tiers, reason = made.tiers, isinstance(made.because, str) and made.because.strip()
    yield (
        not (isinstance(made.source, str) and made.source.strip()),
        ("has no source: name the paper, course or text that states the belief"),
    )
    yield not made.sentence, "has no sentence: write it as the function's docstring"
    yield (
        made.expect not in ("holds", "refuted"),
        (f"expects {made.expect!r}: a claim is registered as 'holds' or 'refuted'"),
    )
    yield not tiers or not set(tiers) <= set(known), f"has tiers {tiers}: choose from {known}"
    yield (
        not reason and (made.expect == "refuted" or tiers != known),
        (f"needs because=...: say why it is refuted, or why it has the tiers {tiers} only"),
    )
    yield not isinstance(made.experiment, str), f"has experiment={made.experiment!r:.60}: give an experiment's name"
    shares = [(tier, made.p0.get(tier)) for tier in tiers]
    wrong = [(tier, share) for tier, share in shares if not _is_share(share)]
    yield bool(wrong), f"has p0 {dict(wrong)}: give each tier a share of seeds above 0 and below 1"
    yield not _is_share(made.alpha) or made.alpha >= 0.5, f"has alpha={made.alpha!r}: give a rate above 0, below 0.5"
    yield not _takes_tables(made.score), "cannot be called with tables: write def NAME(tables) or NAME(tables, setting)"


def _is_share(number: object) -> bool:
    return isinstance(number, int | float) and 0 < number < 1


def _takes_tables(score: Callable[..., Score]) -> bool:
    """Whether it takes what `applied` gives it."""
    signature = inspect.signature(score)
    try:
        signature.bind(*[None] * min(2, len(signature.parameters)))
    except TypeError:
        return False
    return len(signature.parameters) > 0


def refused(score: Callable[..., Score], text: str) -> ValueError:
    """The error that says what is wrong with a claim, and where it is written."""
    code = score.__code__
    return ValueError(f"claim {score.__name__} {text} ({code.co_filename}, line {code.co_firstlineno})")
