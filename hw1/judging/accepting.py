"""Which claims take which of a user's objects: found by running each arm up to its first training."""

from collections.abc import Iterator, Mapping, Sequence

from hw1.blocks import DEVELOPMENT, seeds_of
from hw1.figures import Table
from hw1.judging.trial import BY_ARM, WORDS, Trial, kinds
from hw1.registry import Claim, Experiment, experiments, readers

__all__ = ["accepts", "page"]

Arms = Mapping[str, Sequence[str]]  # of one replacement: the arms by what yours would replace


def accepts(experiment: Experiment) -> dict[str, Arms]:
    """What the arms of an experiment ask for, by the name of the replacement; without those that none asks for."""
    tier = experiment.tiers[0]
    setting, seeds = experiment.setting(tier), seeds_of(DEVELOPMENT, 1)
    asked = Trial(experiment=experiment, registered=setting, setting=setting, own=None, seeds=seeds).asked_here
    return {part: found for part in WORDS if (found := kinds(part, asked))}


def page() -> Iterator[str]:
    """The table of all claims, and of the arms that have nets or optimizers of their own, in Markdown."""
    found = {one: accepts(one) for one in experiments().values()}
    rows = [_row(claim, taken) for one, taken in found.items() for claim in readers(one)]
    arms = [row for one, taken in found.items() for row in _rows_of_arms(one, taken)]
    head = ("claim", *(f"`{part}=`" for part in WORDS))
    yield from ("# What a claim takes of yours", "", *_HOW, "")
    yield from (*Table(caption="Claims, family by family", head=head, rows=tuple(rows)).markdown(), "")
    yield from ("## By arm", "")
    yield from (
        *Table(
            caption="What arms have in their own setting", head=("experiment", "", "ours", "arms"), rows=tuple(arms)
        ).markdown(),
        "",
    )
    yield "Made by `python -m hw1 list --accepts`."


_HOW = (
    "*one*: one of yours stands in all arms. *by arm*: the arms differ in it, so say which ones yours is for, as in",
    "`net={'deep': mine}`; the others keep ours. Empty: nothing of the kind is asked for, and yours would be refused.",
)


def _row(claim: Claim, taken: Mapping[str, Arms]) -> tuple[str, ...]:
    return (f"`{claim.name}`", *(_word(part, taken.get(part, {})) for part in WORDS))


def _word(part: str, arms: Arms) -> str:
    if not arms:
        return ""
    return "by arm" if part in BY_ARM and len(arms) > 1 else "one"


def _rows_of_arms(experiment: Experiment, taken: Mapping[str, Arms]) -> Iterator[tuple[str, ...]]:
    for part in BY_ARM:
        if len(arms := taken.get(part, {})) > 1:
            for kind, names in arms.items():
                yield f"`{experiment.name}`", part, kind, ", ".join(f"`{name}`" for name in names)
