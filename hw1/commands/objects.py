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
    ValueError : for a path that is not there, a table without `--target`, and several that are not two tables
    """
    if options.data is None:
        if options.target is not None:
            raise ValueError(
                f"--target {options.target} is a column of a table, and there is none: add --data FILE.csv"
            )
        return None, None
    places = [Path(given) for given in options.data]
    _require_places(places, options.target)
    if places[0].is_dir():
        downloaded = any((places[0] / layout).is_dir() for layout in CIFAR10)
        return (None, options.data[0]) if downloaded else (places[0], None)
    return (*places, options.target), None


def _require_places(places: Sequence[Path], target: str | None) -> None:
    """Refuse what is not there, more than a table to train on and one to test on, and a column without a table."""
    if gone := [place for place in places if not place.exists()]:
        raise ValueError(f"--data {gone[0]} does not exist: name a CSV file or a folder of images, from here")
    folder = next((place for place in places if place.is_dir()), None)
    if folder and len(places) > 1:
        raise ValueError(
            f"--data is given {len(places)} times, and {folder} is a folder: give it alone, with images to test on as "
            f"DIR/{{train,test}}/CLASS/*"
        )
    if len(places) > 2:
        raise ValueError(f"--data is given {len(places)} times: give one table, or one to train and one to test on")
    if folder and target is not None:
        raise ValueError(f"--target {target} is a column of a table, and {folder} is a folder: leave it out")
    if not folder and target is None:
        raise ValueError(f"--data {places[0]} is a table: name its column of labels, --target COLUMN")


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
