"""Experiments and their claims, and how they are found: the folder is the registry."""

import difflib
import importlib
import importlib.util
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from hw1.data import external_data
from hw1.registry.complete import (
    arms_of,
    check_experiment,
    check_names,
    check_tier,
    revision_of,
    setting_of,
)
from hw1.registry.declarations import TIERS, Claim
from hw1.registry.loading import modules_of
from hw1.statistics.looks import SIZES, Design


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
        return revision_of(self.module)

    @property
    def arms(self) -> tuple[str, ...]:
        """The roles of the arms, in the order of tables and figures."""
        return arms_of(self.module)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims written in this file, in its order."""
        return tuple(value for value in vars(self.module).values() if isinstance(value, Claim))

    @property
    def figures(self) -> tuple[Callable[..., Any], ...]:
        """Functions from tables (and setting) to a `hw1.figures.Figure`: those whose name starts with `figure`."""
        return tuple(f for n, f in vars(self.module).items() if n.startswith("figure") and callable(f))

    @property
    def tiers(self) -> tuple[str, ...]:
        """The tiers for which there is a setting."""
        return tuple(tier for tier in TIERS if hasattr(self.module, tier.upper()))

    def setting(self, tier: str) -> Any:
        """The setting of a tier."""
        return setting_of(self.module, tier)

    def looks(self, tier: str) -> tuple[int, ...]:
        """The number of seeds of each planned look; a file may plan its own in `LOOKS`, by tier."""
        planned = getattr(self.module, "LOOKS", {}).get(tier, SIZES)
        return Design.looking(tuple(map(int, planned)), len(planned)).sizes

    def data_digest(self, setting: object) -> str:
        """Digest of the external data that this setting reads; empty where everything is generated or bundled.

        Raises
        ------
        ValueError : where they are missing, incomplete, foreign or unreadable, with the remedy
        """
        own = getattr(self.module, "external_data", None)  # of data that hw1 does not know
        try:
            return external_data(setting) + (str(own(setting)) if own else "")
        except OSError as error:
            raise ValueError(
                f"the data of {self.name} cannot be read: {error}. Check the permissions of this file and its disk, or "
                f"copy the data again and name their folder with HW1_DATA or --hw1-data"
            ) from error


_package: ContextVar[str] = ContextVar("claims package", default="hw1.claims")


@contextmanager
def claims_of(package: str | None) -> Iterator[None]:
    """Inside, claims and experiments are looked for in this package; None leaves it at hw1's own.

    Raises
    ------
    ValueError : where there is no such package; it is looked for in the folder that Python was started in
    """
    if package:
        _check_package(package)
    token = _package.set(package or _package.get())
    try:
        yield
    finally:
        _package.reset(token)


def _check_package(package: str) -> None:
    """Refuse what cannot be a package of claims; nothing of it is imported, but the packages around it."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError, AttributeError, TypeError):  # a path, or a name inside of what is no package
        spec = None
    if spec is None:
        raise ValueError(
            f"no package {package!r}: run this in the folder that holds it, or name another with --claims, by its "
            f"name and not by its path"
        )
    if spec.submodule_search_locations is None:
        raise ValueError(f"{package} is a module and no package: claims lie in a package, as PACKAGE/family/file.py")


def experiments(package: str | None = None) -> Mapping[str, Experiment]:
    """All experiments of a claims package, by name: every module in its family folders that defines `run`.

    Raises
    ------
    ValueError : where there is none
    """
    name = package or _package.get()
    if not (found := _experiments(name)):
        raise ValueError(f"{name} holds no experiment: these lie in a package of claims, as PACKAGE/family/file.py")
    return found


@cache
def _experiments(package: str) -> Mapping[str, Experiment]:
    found: dict[str, Experiment] = {}
    for module in modules_of(package):
        one = Experiment(module)
        if not hasattr(module, "run"):
            _require_no_claims(one)
            continue
        if one.name in found:
            raise ValueError(f"two experiments are called {one.name}: {found[one.name].path} and {one.path}")
        check_experiment(module)
        found[one.name] = one
    check_names({one.path: one.claims for one in found.values()})
    for one in found.values():
        _require_experiments(one, found)
    return dict(sorted(found.items(), key=lambda item: (item[1].family, item[0])))


def _require_no_claims(one: Experiment) -> None:
    if own := [made for made in one.claims if made.score.__module__ == one.module.__name__]:
        raise ValueError(
            f"{one.path} has the claim {own[0].name} and no run, so it is no experiment: write def run(setting, *, "
            f"arm, seeds, device), or move the claim to the file of the experiment whose tables it reads"
        )


def _require_experiments(one: Experiment, known: Mapping[str, Experiment]) -> None:
    """The experiments that an experiment's claims read must be there, with a setting for each tier."""
    for made in one.claims:
        if made.experiment not in known:
            near = _near(made.experiment, known)
            raise ValueError(
                f"{one.path}: claim {made.name} reads the experiment {made.experiment!r}, and there is none of that "
                f"name{near}: there are {_listed(known)}"
            )
        for tier in made.tiers:
            check_tier(made, known[made.experiment].module, tier)


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
        raise ValueError(f"no experiment {name!r}{_near(name, known)}: there are {_listed(known)}")
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
        listed = [*known, *families]
        raise ValueError(f"no experiment or family {name!r}{_near(name, listed)}: there are {_listed(listed)}")
    return found


def find_claim(name: str, package: str | None = None) -> Claim:
    """The claim of that name.

    Raises
    ------
    ValueError : naming the claims there are
    """
    known = {made.name: made for made in all_claims(package)}
    if name not in known:
        raise ValueError(f"no claim {name!r}{_near(name, known)}: there are {_listed(known)}")
    return known[name]


def all_claims(package: str | None = None) -> list[Claim]:
    """Every claim of a package, by family and file."""
    return [made for experiment in experiments(package).values() for made in experiment.claims]


def readers(experiment: Experiment, package: str | None = None) -> list[Claim]:
    """The claims that read an experiment's tables, of whichever file."""
    return [made for made in all_claims(package) if made.experiment == experiment.name]


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
