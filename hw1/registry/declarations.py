"""What a claim is: a sentence, a score, a source, a control, an expectation; and the decorators that declare it."""

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hw1.registry.applying import applied, takes_setting
from hw1.registry.assays import Assay
from hw1.registry.refusing import check_claim, refused
from hw1.statistics import Outcome, Score
from hw1.tables import Tables, recast

TIERS = ("fast", "full")
ALPHA = 1e-3  # per claim and tier: of 40 claims any is decided falsely with probability .04 at most (Bonferroni)


@dataclass(frozen=True)
class Control:
    """A twin of the experiment without the claim's cause; it trains anew or rewrites the tables."""

    name: str
    twin: Callable[[Any], Any]
    trains: bool
    unassayed: str = ""  # why the claim's assay does not apply to it; empty where it does


def trained_control(twin: Callable[[Any], Any]) -> Control:
    """Mark a function Setting -> Setting as a control; its tests are `slow`, since it trains."""
    return Control(twin.__name__, twin, trains=True)


def untrained_control(because: str) -> Callable[[Callable[[Any], Any]], Control]:
    """Mark a function Setting -> Setting as a control whose point is that nothing trains: no assay is asked of it.

    Parameters
    ----------
    because : why the claim's assay does not apply
    """

    def decorate(twin: Callable[[Any], Any]) -> Control:
        return Control(twin.__name__, twin, trains=True, unassayed=because)

    return decorate


def table_control(twin: Callable[[Tables], Tables]) -> Control:
    """Mark a function Tables -> Tables as a control; it is judged with the claim, in `fast` too."""
    return Control(twin.__name__, twin, trains=False)


def arms_control(name: str, words: str, cast: Mapping[str, str]) -> Control:
    """A control on the tables in which arms play each other's roles.

    Parameters
    ----------
    name : of the control, as it is registered
    words : a sentence that says what is compared then
    cast : each role with the arm whose results it has; an arm that is no role keeps its own
    """

    def twin(tables: Tables) -> Tables:
        return recast(tables, cast)

    twin.__doc__ = words
    return Control(name, twin, trains=False)


@dataclass(frozen=True)
class Published:
    """What a source reports: a range in units of the claim's effect (a value: `low` equals `high`), and where.

    An experiment's file may give its claims such marks in `PUBLISHED`, by name. They are shown beside the measured
    effects and decide nothing, as the source's setting differs.
    """

    low: float
    high: float
    where: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Claim:
    """A sentence that can be false, its source, and the function that scores an experiment's tables for it.

    `expect` is the registered outcome; `because` says why it is `refuted`, or why the claim has one tier only. `assay`
    says on which seeds it could be seen, see `hw1.registry.assays`.
    """

    score: Callable[..., Score]
    source: str
    control: Control
    assay: Assay
    expect: Outcome = "holds"
    because: str = ""
    tiers: tuple[str, ...] = TIERS
    p0: Mapping[str, float]
    alpha: float = ALPHA
    experiment: str = ""

    @property
    def name(self) -> str:
        """The function's name, unique in a registry."""
        return self.score.__name__

    @property
    def sentence(self) -> str:
        """The first paragraph of the docstring on one line."""
        return " ".join((inspect.getdoc(self.score) or "").split("\n\n")[0].split())

    @property
    def published(self) -> Published | None:
        """What the source reports, where the claim's file says so."""
        marks = getattr(sys.modules[self.score.__module__], "PUBLISHED", {})
        found: Published | None = marks.get(self.name)
        return found

    @property
    def takes_setting(self) -> bool:
        """Whether the score or the assay depends on the setting, and with it perhaps which arms are read."""
        return any(takes_setting(one) for one in (self.score, self.assay.measure) if one is not None)

    def __call__(self, tables: Tables, setting: object) -> Score:
        """Score the tables, with ties on the seeds on which the assay is not met."""
        return self.assay.mask(self.scored(tables, setting), self.assay.met(tables, setting))

    def scored(self, tables: Tables, setting: object) -> Score:
        """Score the tables without asking for the assay; a margin may depend on the setting."""
        found = applied(self.score, tables, setting)
        if not isinstance(found, Score):
            raise ValueError(
                f"claim {self.name} returns {found!r:.60} and no score: write return less(...), or another"
            )
        return found

    def of_control(self, tables: Tables, setting: object) -> Score:
        """Score the control.

        Parameters
        ----------
        tables, setting : of the trained control; for one that rewrites tables those of the claim, whose seeds are met
            where they are for the claim
        """
        if self.control.unassayed:
            return self.scored(tables, setting)
        if self.control.trains:
            return self(tables, setting)
        twin = self.scored(self.control.twin(tables), setting)
        return self.assay.mask(twin, self.assay.met(tables, setting))


def claim(
    function: None = None,
    /,
    *,
    source: str = "",
    control: Control | None = None,
    assay: Assay | None = None,
    expect: Outcome = "holds",
    because: str = "",
    tiers: Sequence[str] = TIERS,
    p0: float | Mapping[str, float] = 0.5,
    alpha: float = ALPHA,
    experiment: str = "",
) -> Callable[[Callable[..., Score]], Claim]:
    """Turn a function from tables to a Score into a Claim.

    Parameters
    ----------
    source : where the belief is stated, with a way to find it
    control : `trained_control` or `table_control`; for `expect="refuted"` a twin on which the claim must hold
    assay : what must have happened on a seed for it to count; `no_assay("why")` where nothing must
    expect : "holds" or "refuted", the outcome that is registered
    because : the reason, required for `expect="refuted"` and for a claim of one tier
    p0 : the claim is about more than this share of fresh seeds; one number or one per tier
    experiment : name of the experiment whose tables are read, where it is not the claim's own file

    Raises
    ------
    ValueError : on a missing source, control, assay, reason or sentence, an unknown outcome or tier, a share p0 or an
        error rate that is none, and a function that does not take tables; with the file and line of the claim
    """
    if function is not None:
        raise ValueError("@claim is given no source: write @claim(source=..., control=..., assay=...)")

    def decorate(score: Callable[..., Score]) -> Claim:
        if not inspect.isfunction(score):
            raise ValueError(f"{score!r:.60} is no function of tables: write @claim(...) above one")
        if not isinstance(assay, Assay):
            raise refused(score, "has no assay: decorate a function with @assay, or give no_assay('why')")
        if not isinstance(control, Control):
            raise refused(score, "has no control: decorate a twin with @trained_control or @table_control")
        if isinstance(tiers, str):
            raise refused(score, f"has tiers {tiers!r}: write tiers=({tiers!r},), with a comma")
        shares = p0 if isinstance(p0, Mapping) else dict.fromkeys(tiers, p0)
        made = Claim(
            score=score, source=source, control=control, assay=assay, expect=expect, because=because,
            tiers=tuple(tiers), p0=shares, alpha=alpha, experiment=experiment or score.__module__.rpartition(".")[2],
        )  # fmt: skip
        check_claim(made, TIERS)
        return made

    return decorate
