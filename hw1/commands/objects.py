"""A user's own objects, as a command line names them: `module:name`, and the data in a file or folder."""

import difflib
import importlib.util
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hw1.data.places import CIFAR10
from hw1.registry.loading import imported


def by_arm(option: str, given: Sequence[str]) -> Any:
    """What `module:name` names, or of `arm=module:name` a dict by arm; None where nothing was given.

    Raises
    ------
    ValueError : for what is not there, and one for all arms beside those of some
    """
    found: dict[str, Any] = {}
    for words in given:
        arm, _, place = words.rpartition("=")
        if arm in found:
            raise ValueError(f"{option} is given twice{f' for the arm {arm}' if arm else ''}: say once which it is")
        found[arm] = named(option, place)
    if "" in found and len(found) > 1:
        raise ValueError(
            f"{option} {given[0]} is for all arms: name an arm for each, ARM=MODULE:NAME, or give it alone"
        )
    return found.get("", found or None)


def named(option: str, place: str) -> Any:
    """What `module:name` names; modules are looked for in the current folder, too.

    Raises
    ------
    ValueError : where it is not there, or the module fails
    """
    module, sign, name = place.partition(":")
    if not (sign and module and name):
        raise ValueError(f"{option} {place} names no object: write MODULE:NAME, such as my_nets:small for my_nets.py")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    if not _is_there(module):
        wrong = module.endswith(".py") or "/" in module
        way = "by its name, without .py and path" if wrong else f"run this in the folder that holds {module}.py"
        raise ValueError(f"{option} {place}: there is no module {module!r} here or in what is installed: {way}")
    found: Any = imported(module)
    for part in name.split("."):
        if not hasattr(found, part):
            raise ValueError(f"{option} {place}: {_missing(found, module, part)}")
        found = getattr(found, part)
    return found


def _is_there(module: str) -> bool:
    importlib.invalidate_caches()
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # a name inside of what is no package, or of no form of a name
        return False


def _missing(found: Any, module: str, part: str) -> str:
    there = [name for name, value in vars(found).items() if callable(value) and not name.startswith("_")]
    near = difflib.get_close_matches(part, there, n=1)
    own = [name for name in there if getattr(vars(found)[name], "__module__", None) == module]
    meant = f"did you mean {near[0]}?" if near else f"it defines {', '.join(own) or 'nothing that can be called'}"
    return f"{getattr(found, '__file__', None) or module} has no {part!r}: {meant}"


def data_of(options: Namespace) -> tuple[Any, str | None]:
    """The user's data, if `--data` names some, and the folder of downloaded data, if it names that.

    Raises
    ------
    ValueError : for a path that is not there, and a table without `--target`
    """
    if options.data is None:
        if options.target is not None:
            raise ValueError(
                f"--target {options.target} is a column of a table, and there is none: add --data FILE.csv"
            )
        return None, None
    place = Path(options.data)
    if not place.exists():
        raise ValueError(f"--data {place} does not exist: name a CSV file or a folder of images, from here")
    if place.is_dir() and options.target is not None:
        raise ValueError(f"--target {options.target} is a column of a table, and {place} is a folder: leave it out")
    if place.is_dir():
        return (None, options.data) if any((place / layout).is_dir() for layout in CIFAR10) else (place, None)
    if options.target is None:
        raise ValueError(f"--data {place} is a table: name its column of labels, --target COLUMN")
    return (place, options.target), None


def own_objects(options: Namespace) -> tuple[dict[str, Any], str | None]:
    """What `hw1.check` is given of a user's, by the names of its parameters; and the folder of downloaded data."""
    data, folder = data_of(options)
    given = {
        "net": by_arm("--net", options.net),
        "optimizer": by_arm("--optimizer", options.optimizer),
        "target": named("--function", options.function) if options.function else None,
        "data": data,
    }
    return {part: one for part, one in given.items() if one is not None}, folder
