"""What a name in a module of a package leads to, read from the files: nothing is imported."""

import ast
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from hw1.fingerprints.trees import (
    HW1,
    Roots,
    Stamp,
    bound,
    defines,
    outside_functions,
    source_file,
    stamp,
    top_package,
    without_words,
)

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)


class Place(NamedTuple):
    """A top-level name of a module, or "Class.method"; without a name, the whole module."""

    module: str
    name: str = ""


class Package(NamedTuple):
    """The package in which names are followed, and where its files and hw1's are."""

    name: str
    roots: Roots

    @classmethod
    def of(cls, path: Path, root: str) -> "Package":
        """The package of a module: `hw1.claims` for those of hw1, the top package for others."""
        top = root.partition(".")[0]
        return cls("hw1.claims" if top == "hw1" else top, tuple({"hw1": HW1, **top_package(path, root)}.items()))


def followed(module: str, package: Package) -> bool:
    """Whether a module belongs to the package."""
    return f"{module}.".startswith(f"{package.name}.")


def statements(place: Place, package: Package) -> Sequence[ast.stmt]:
    """The statements that define what a place holds, or change it; none outside the package."""
    file = source_file(place.module, package.roots) if followed(place.module, package) else None
    if file is None:
        return []
    if not place.name:
        return [node for node in without_words(file).body if not isinstance(node, _IMPORTS)]
    name, _, method = place.name.partition(".")
    found = _bindings(file).get(name, [])
    if not method:
        return found
    inside = [part for node in found if isinstance(node, ast.ClassDef) for part in node.body]
    return [part for part in inside if isinstance(part, _DEFINITIONS) and part.name == method]


Target = tuple[Place | str, Sequence[str]]  # a place in the package, or a name elsewhere; and attributes of it


def named(place: Place, attributes: Sequence[str], package: Package, seen: frozenset[Place] = frozenset()) -> Target:
    """What a name means in its module, with attributes: imports are followed to the statements that define it."""
    found = statements(place, package)
    if found and all(isinstance(node, _IMPORTS) for node in found) and place not in seen:
        dotted = imported(found[-1], place.module, package)[place.name]
        return denoted(dotted, attributes, package, seen | {place})
    if found:
        return place, attributes
    for star in statements(Place(place.module, "*"), package):
        source = imported(star, place.module, package)["*"].removesuffix(".*")
        if statements(Place(source, place.name), package) and not place.name.startswith("_"):
            return named(Place(source, place.name), attributes, package, seen)
    return place.name, attributes


def denoted(dotted: str, attributes: Sequence[str], package: Package, seen: frozenset[Place] = frozenset()) -> Target:
    """What a dotted name means, with attributes.

    In hw1, but for the package, a name does not say in which room it stands, so that rooms may change.
    """
    module, *parts = [*dotted.split("."), *attributes]
    if module not in dict(package.roots):
        return dotted, attributes
    while parts:
        place, inner = Place(module, parts[0]), f"{module}.{parts[0]}"
        if not _is_module(inner, package.roots) or (place not in seen and statements(place, package)):
            break
        module = inner
        parts.pop(0)
    if not parts:
        return (Place(module), ()) if followed(module, package) else (module.rpartition(".")[2], ())
    if followed(module, package):
        return named(Place(module, parts[0]), parts[1:], package, seen)
    return parts[0], parts[1:]


def imported(node: ast.stmt, module: str, package: Package) -> Mapping[str, str]:
    """The names that an import binds in a module, with the dotted names that they stand for."""
    if isinstance(node, ast.Import):
        return {one.asname or one.name.split(".")[0]: one.name if one.asname else one.name.split(".")[0]
                for one in node.names}  # fmt: skip
    assert isinstance(node, ast.ImportFrom)
    file = source_file(module, package.roots)
    inside = module.split(".") + (["__init__"] if file and file.name == "__init__.py" else [])
    base = ".".join(inside[: -node.level]) if node.level else ""
    stem = ".".join(filter(None, [base, node.module]))
    return {one.asname or one.name: f"{stem}.{one.name}" for one in node.names}


@cache
def _is_module(name: str, roots: Roots) -> bool:
    """Whether there is such a file or folder; a folder needs no `__init__`."""
    top, *rest = name.split(".")
    return source_file(name, roots) is not None or dict(roots)[top].joinpath(*rest).is_dir()


def _bindings(file: Path) -> Mapping[str, Sequence[ast.stmt]]:
    """By name, the top-level statements that bind or change it; an import inside of one stands beside it."""
    return _bindings_of(file, stamp(file))


@cache
def _bindings_of(file: Path, now: Stamp) -> Mapping[str, Sequence[ast.stmt]]:  # noqa: ARG001 - see `without_words`
    found: dict[str, list[ast.stmt]] = {}
    for node in without_words(file).body:
        for name in bound(node):
            found.setdefault(name, []).append(node)
        for part in outside_functions(node):
            if isinstance(part, _IMPORTS) and part is not node:
                for name in defines(part):
                    found[name].append(part)
    return found
