"""Whether an experiment's file declares all that is read of it; else one line says where, and what to write."""

import ast
import dataclasses
import inspect
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from hw1.registry.declarations import TIERS, Claim


def revision_of(module: ModuleType) -> int:
    """The file's REVISION.

    Raises
    ------
    ValueError : where there is none, or it is no whole number
    """
    found = getattr(module, "REVISION", None)
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise _missing(module, "REVISION", found, "write REVISION = 1; it is bumped when the experiment is redrawn")
    return found


def arms_of(module: ModuleType) -> tuple[str, ...]:
    """The file's ARMS.

    Raises
    ------
    ValueError : where there are none, or they are no names, each once
    """
    found = getattr(module, "ARMS", None)
    names = list(found) if isinstance(found, tuple | list) else []
    if not names or not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
        raise _missing(module, "ARMS", found, 'write the names of what is compared, each once: ARMS = ("deep", "wide")')
    return tuple(names)


def setting_of(module: ModuleType, tier: str) -> Any:
    """The file's setting of a tier, FAST or FULL.

    Raises
    ------
    ValueError : for an unknown tier, and where the file has no setting for it
    """
    if tier not in TIERS:
        raise ValueError(f"no tier {tier!r}: choose from {TIERS}")
    found = getattr(module, tier.upper(), None)
    if found is None:
        raise ValueError(
            f"{_name(module)} has no setting for the tier {tier!r}: ask for {_other(tier)!r}, or write "
            f"{tier.upper()} = Setting(...) in {module.__file__}"
        )
    if not dataclasses.is_dataclass(found) or isinstance(found, type):
        raise _missing(
            module, tier.upper(), found, f"it is an instance of a frozen dataclass: {tier.upper()} = Setting()"
        )
    return found


def check_experiment(module: ModuleType) -> None:
    """Refuse a file whose declarations cannot be read, before anything asks for one.

    Raises
    ------
    ValueError : naming the file, what is wrong in it and what to write
    """
    revision_of(module)
    arms_of(module)
    for tier in TIERS:
        if hasattr(module, tier.upper()):
            setting_of(module, tier)
    if not any(hasattr(module, tier.upper()) for tier in TIERS):
        setting_of(module, TIERS[0])
    try:
        inspect.signature(module.run).bind(object(), arm="", seeds=(), device="")
    except TypeError as error:
        raise ValueError(
            f"{module.__file__}: run cannot be called ({error}): write def run(setting, *, arm, seeds, device)"
        ) from error


def check_tier(made: Claim, module: ModuleType, tier: str) -> None:
    """Refuse a claim with a tier that the file of its experiment has no setting for.

    Raises
    ------
    ValueError : naming the claim, the file and the two remedies
    """
    if not hasattr(module, tier.upper()):
        raise ValueError(
            f"{module.__file__}: claim {made.name} has the tiers {', '.join(made.tiers)}, and there is no "
            f"{tier.upper()}: write {tier.upper()} = Setting(...), or give the claim tiers=({_other(tier)!r},) and "
            f'because="why only {_other(tier)}"'
        )


def check_names(by_file: Mapping[Path, Iterable[Claim]]) -> None:
    """Refuse two claims of one name: names are what registrations, tests and results are found by.

    Raises
    ------
    ValueError : naming the file, or both
    """
    seen: dict[str, tuple[Path, Claim]] = {}
    for path, claims in by_file.items():
        names = [made.name for made in claims]
        for name in _defined_twice(path):
            if name in names:
                raise ValueError(f"{path}: two functions are called {name}, and the first claim is lost: rename one")
        for made in claims:
            other, known = seen.setdefault(made.name, (path, made))
            if known is not made:
                raise ValueError(f"two claims are called {made.name}, in {other} and {path}: rename one")


def _defined_twice(path: Path) -> list[str]:
    names = [node.name for node in ast.parse(path.read_bytes()).body if isinstance(node, ast.FunctionDef)]
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]


def _missing(module: ModuleType, name: str, found: object, remedy: str) -> ValueError:
    what = f"there is no {name}" if found is None else f"{name} = {found!r:.60} cannot be used"
    return ValueError(f"{module.__file__}: {what}: {remedy}")


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def _other(tier: str) -> str:
    return next(one for one in TIERS if one != tier)
