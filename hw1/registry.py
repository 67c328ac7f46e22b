"""Claims and experiments: what they are, and how they are found. The folder is the registry."""

import importlib
import importlib.util
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from hw1.statistics import Outcome, Score
from hw1.tables import Tables

TIERS = ("fast", "full")
ALPHA = 1e-3  # per claim and tier: 40 claims give at most 4 % of any false decision (Bonferroni)
SEEDS = 24  # 20 wins needed; a claim won on 97.5 % of seeds then fails once in 3,000 runs


@dataclass(frozen=True)
class Control:
    """A twin of the experiment without the claim's cause; it trains anew or rewrites the tables."""

    name: str
    twin: Callable[[Any], Any]
    trains: bool


def trained_control(twin: Callable[[Any], Any]) -> Control:
    """Mark a function Setting -> Setting as a control; its tests are `slow`, since it trains."""
    return Control(twin.__name__, twin, trains=True)


def table_control(twin: Callable[[Tables], Tables]) -> Control:
    """Mark a function Tables -> Tables as a control; it is judged with the claim, in `fast` too."""
    return Control(twin.__name__, twin, trains=False)


@dataclass(frozen=True)
class Published:
    """What a source reports: a range in units of the claim's effect (a value: `low` equals `high`), and where.

    An experiment's file may give its claims such marks in `PUBLISHED`, by name. They are shown beside the measured
    effects and decide nothing, as the source's setting is another.
    """

    low: float
    high: float
    where: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Claim:
    """A sentence that can be false, its source, and the function that scores an experiment's tables for it.

    `expect` is the registered outcome; `because` says why it is `refuted`, or why the claim has one tier only.
    """

    score: Callable[..., Score]
    source: str
    control: Control
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

    def __call__(self, tables: Tables, setting: object) -> Score:
        """Score the tables; a claim whose margin depends on the setting takes it as second argument."""
        return applied(self.score, tables, setting)  # type: ignore[no-any-return]


def applied(function: Callable[..., Any], tables: Tables, setting: object) -> Any:
    """A claim's or figure's function of the tables, and of the setting where it takes one."""
    takes_setting = len(inspect.signature(function).parameters) > 1
    return function(tables, setting) if takes_setting else function(tables)


def claim(
    *,
    source: str,
    control: Control,
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
    expect : "holds" or "refuted", the outcome that is registered
    because : the reason, required for `expect="refuted"` and for a claim of one tier
    p0 : the claim is about more than this share of fresh seeds; one number or one per tier
    experiment : name of the experiment whose tables are read, where it is not the claim's own file

    Raises
    ------
    ValueError : on a missing source, control, reason or sentence, an unknown outcome or tier
    """

    def decorate(score: Callable[..., Score]) -> Claim:
        shares = p0 if isinstance(p0, Mapping) else dict.fromkeys(tiers, p0)
        made = Claim(
            score=score, source=source, control=control, expect=expect, because=because, tiers=tuple(tiers),
            p0=shares, alpha=alpha, experiment=experiment or score.__module__.rpartition(".")[2],
        )  # fmt: skip
        _check(made)
        return made

    return decorate


def _check(made: Claim) -> None:
    where = f"claim {made.name}"
    if not made.source.strip():
        raise ValueError(f"{where} has no source: name the paper, course or text that states the belief")
    if not isinstance(made.control, Control):
        raise ValueError(f"{where} has no control: decorate a twin with @trained_control or @table_control")
    if not made.sentence:
        raise ValueError(f"{where} has no sentence: write it as the function's docstring")
    if made.expect not in ("holds", "refuted"):
        raise ValueError(f"{where} expects {made.expect!r}: a claim is registered as 'holds' or 'refuted'")
    if not made.tiers or not set(made.tiers) <= set(TIERS):
        raise ValueError(f"{where} has tiers {made.tiers}: choose from {TIERS}")
    if not made.because and (made.expect == "refuted" or made.tiers != TIERS):
        raise ValueError(f"{where} needs because=...: say why it is refuted, or why it has the tiers {made.tiers} only")


@dataclass(frozen=True, eq=False)
class Experiment:
    """One file of the registry: settings, `run`, claims and figures."""

    module: ModuleType

    @property
    def name(self) -> str:
        """The file's name."""
        return self.module.__name__.rpartition(".")[2]

    @property
    def family(self) -> str:
        """The folder's name."""
        return self.module.__name__.split(".")[-2]

    @property
    def path(self) -> Path:
        """The file."""
        return Path(str(self.module.__file__))

    @property
    def revision(self) -> int:
        """Bumped when the experiment changes after evidence was seen; it redraws every seed."""
        return int(self.module.REVISION)

    @property
    def arms(self) -> tuple[str, ...]:
        """The roles of the arms, in the order of tables and figures."""
        return tuple(self.module.ARMS)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims written in this file, in its order."""
        return tuple(value for value in vars(self.module).values() if isinstance(value, Claim))

    @property
    def figures(self) -> tuple[Callable[..., Any], ...]:
        """Functions from tables (and setting) to a `hw1.figures.Figure`: those whose name starts with `figure`."""
        return tuple(f for n, f in vars(self.module).items() if n.startswith("figure") and callable(f))

    def setting(self, tier: str) -> Any:
        """The setting of a tier."""
        if tier not in TIERS:
            raise ValueError(f"no tier {tier!r}: choose from {TIERS}")
        if not hasattr(self.module, tier.upper()):
            raise ValueError(f"{self.name} has no setting for the tier {tier!r}")
        return getattr(self.module, tier.upper())

    def seeds(self, tier: str) -> int:
        """n0, the number of seeds of the first look."""
        return int(getattr(self.module, "SEEDS", {}).get(tier, SEEDS))

    def data_digest(self, setting: object) -> str:
        """Digest of the external data that this setting reads; empty where everything is generated or bundled.

        Raises
        ------
        ValueError : where they are missing, incomplete, foreign or unreadable, with the remedy
        """
        external = getattr(self.module, "external_data", None)
        try:
            return str(external(setting)) if external else ""
        except OSError as error:
            raise ValueError(
                f"the data of {self.name} cannot be read: {error}. Check the rights of this file and its disk, or copy "
                f"the data again and name their folder by HW1_DATA or --hw1-data"
            ) from error


_package: ContextVar[str] = ContextVar("claims package", default="hw1.claims")


@contextmanager
def claims_of(package: str | None) -> Iterator[None]:
    """Inside, claims and experiments are looked for in this package; None leaves it at hw1's own.

    Raises
    ------
    ValueError : where there is no such package; it is looked for in the folder that Python was started in
    """
    if package and importlib.util.find_spec(package) is None:
        raise ValueError(f"no package {package!r}: run this in the folder that holds it, or name another with --claims")
    token = _package.set(package or _package.get())
    try:
        yield
    finally:
        _package.reset(token)


def experiments(package: str | None = None) -> Mapping[str, Experiment]:
    """All experiments of a claims package, by name: every module in its family folders that defines `run`."""
    return _experiments(package or _package.get())


@cache
def _experiments(package: str) -> Mapping[str, Experiment]:
    root = importlib.import_module(package)
    found: dict[str, Experiment] = {}
    for info in pkgutil.walk_packages(root.__path__, f"{package}."):
        if info.ispkg or info.name.rpartition(".")[2].startswith("_"):
            continue
        module = importlib.import_module(info.name)
        if hasattr(module, "run"):
            one = Experiment(module)
            if one.name in found:
                raise ValueError(f"two experiments are called {one.name}: {found[one.name].path} and {one.path}")
            found[one.name] = one
    return dict(sorted(found.items(), key=lambda item: (item[1].family, item[0])))


def experiment_of(made: Claim) -> Experiment:
    """The experiment whose tables a claim reads: its own file, or another of the same claims package."""
    module = importlib.import_module(made.score.__module__)
    own = Experiment(module)
    if made.experiment == own.name:
        return own
    return find_experiment(made.experiment, package=package_of(module))


def experiments_of(claims: Iterable[Claim]) -> list[Experiment]:
    """The experiments whose tables some claims read, each once, in the order of the claims."""
    return list({one.name: one for one in map(experiment_of, claims)}.values())


def package_of(module: ModuleType) -> str:
    """The claims package of an experiment's module, two levels up: `hw1.claims` for `hw1.claims.family.experiment`."""
    return module.__name__.rsplit(".", 2)[0]


def find_experiment(name: str, package: str | None = None) -> Experiment:
    """The experiment of that name.

    Raises
    ------
    ValueError : naming the experiments there are
    """
    known = experiments(package)
    if name not in known:
        raise ValueError(f"no experiment {name!r}: there are {_listed(known)}")
    return known[name]


def experiments_named(name: str, package: str | None = None) -> list[Experiment]:
    """The experiment of that name, or all experiments of the family of that name.

    Raises
    ------
    ValueError : naming the experiments and families there are
    """
    known = experiments(package)
    found = [one for one in known.values() if name in (one.name, one.family)]
    if not found:
        families = {one.family for one in known.values()}
        raise ValueError(f"no experiment or family {name!r}: there are {_listed([*known, *families])}")
    return found


def find_claim(name: str, package: str | None = None) -> Claim:
    """The claim of that name.

    Raises
    ------
    ValueError : naming the claims there are
    """
    known = {made.name: made for made in all_claims(package)}
    if name not in known:
        raise ValueError(f"no claim {name!r}: there are {_listed(known)}")
    return known[name]


def all_claims(package: str | None = None) -> list[Claim]:
    """Every claim of a package, by family and file."""
    return [made for experiment in experiments(package).values() for made in experiment.claims]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
