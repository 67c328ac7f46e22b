"""The modules of a claims package; a file that cannot be found or imported is one line with its place."""

import importlib
import importlib.util
import pkgutil
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType


def modules_of(package: str) -> Iterator[ModuleType]:
    """The modules of a package's family folders.

    Raises
    ------
    ValueError : for a folder without `__init__.py`, an experiment beside the families, and a file that fails
    """
    root = imported(package)
    if not hasattr(root, "__path__"):
        raise ValueError(f"{package} is one file, {root.__file__}: claims lie in a package, as PACKAGE/family/file.py")
    for folder in root.__path__:
        _check_folders(Path(folder))
    for family in pkgutil.iter_modules(root.__path__, f"{package}."):
        if family.name.rpartition(".")[2].startswith("_"):
            continue
        module = imported(family.name)
        if not family.ispkg:
            _require_no_run(module, package)
            continue
        for one in pkgutil.iter_modules(module.__path__, f"{family.name}."):
            if not one.ispkg and not one.name.rpartition(".")[2].startswith("_"):
                yield imported(one.name)


def imported(name: str) -> ModuleType:
    """A module that a user wrote.

    Raises
    ------
    ValueError : where its code fails, with the file, the line and what it says
    """
    try:
        return importlib.import_module(name)
    except Exception as error:  # whatever a user's file raises
        spec = importlib.util.find_spec(name)
        place = str(spec.origin) if spec and spec.origin else name
        raise ValueError(f"{place} cannot be imported{_line(error, place)}: {_said(error)}") from error


def _line(error: Exception, place: str) -> str:
    """Where in the file it failed; empty where it failed elsewhere."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == place]
    if isinstance(error, SyntaxError) and error.filename == place:
        lines = [error.lineno]
    return f" (line {lines[-1]})" if lines else ""


def _said(error: Exception) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    first = (text.strip().splitlines() or [""])[0]
    return first if isinstance(error, ValueError) and first else f"{type(error).__name__}: {first}"


def _check_folders(root: Path) -> None:
    """Refuse a family's folder that Python does not take for a package, as its experiments would not be found.

    Raises
    ------
    ValueError : naming the file to make
    """
    for folder in sorted(root.iterdir()):
        hidden = folder.name.startswith((".", "_"))
        if folder.is_dir() and not hidden and any(folder.glob("*.py")) and not (folder / "__init__.py").exists():
            raise ValueError(f"{folder} has no __init__.py, so its experiments are not found: make one, empty")


def _require_no_run(module: ModuleType, package: str) -> None:
    if hasattr(module, "run"):
        raise ValueError(
            f"{module.__file__} lies beside the families: move it into a folder of {package}, its family, that has an "
            f"__init__.py"
        )
