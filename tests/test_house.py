"""The rooms of hw1 and the arrows between them: a room imports from rooms below it, and none from above."""

import ast
import itertools
from pathlib import Path

import pytest

import hw1

ROOT = Path(hw1.__file__).parent
# From top to bottom, as in ARCHITECTURE.md; a file that lies loose is a room of its own.
ROOMS = (
    "__main__", "commands", "plugin", "report", "trust", "comparison", "references", "manifest", "judging", "claims",
    "running", "measures", "settings", "training", "registry", "nets", "data", "statistics", "machine", "figures",
    "streams", "replaced", "tables", "blocks", "fingerprints", "pulse",
    "exits", "deliberate", "documents", "writing",
)  # fmt: skip
# `hw1.check` is the one name that the package itself gives, and only where it is asked for.
FACE = "__init__"


def room(module):
    return module.split(".")[1] if module.startswith("hw1.") else None


def module_of(path):
    return ".".join(["hw1", *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__")


def is_module(name):
    place = ROOT.joinpath(*name.split(".")[1:])
    return place.is_dir() or place.with_suffix(".py").is_file()


def imported(node):
    """Modules that a statement imports; `from room import name` may mean a file of the room."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    names = [f"{node.module}.{alias.name}" for alias in node.names]
    return [name if is_module(name) else node.module for name in names]


def arrows():
    """(importing module, imported module), wherever in a file the import stands, types included."""
    for path in sorted(ROOT.rglob("*.py")):
        here = module_of(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and node.module):
                yield from ((here, name) for name in imported(node) if name.partition(".")[0] == "hw1")


ALL = [(here, there) for here, there in arrows() if here != "hw1"]
ARROWS = [(here, there) for here, there in ALL if room(here) != room(there)]


def test_every_file_has_a_room_and_every_room_a_place_in_the_order():
    there = {path.stem if path.is_file() else path.name for path in ROOT.iterdir()}
    assert there - {"__pycache__", "py", FACE} == set(ROOMS)


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_imports_from_rooms_below_it(name):
    below = ROOMS[ROOMS.index(name) + 1 :]
    assert [
        f"{here} imports {there}" for here, there in ARROWS if room(here) == name and room(there) not in below
    ] == []


def test_no_files_import_each_other_in_a_circle():
    uses = {}
    for here, there in ALL:
        uses.setdefault(here, set()).add(there)
    left = dict(uses)
    while free := [name for name, used in left.items() if not used & (left.keys() - {name})]:
        for name in free:
            del left[name]
    assert left == {}


def test_architecture_draws_the_rooms_in_this_order():
    text = (ROOT.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
    drawn = text.split("```")[1]
    places = [drawn.index(f"hw1/{name}.py" if (ROOT / f"{name}.py").exists() else f"hw1/{name}/") for name in ROOMS]
    assert all(one < other for one, other in itertools.pairwise(places)), dict(zip(ROOMS, places, strict=True))
