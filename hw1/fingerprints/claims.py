"""A digest of what a claim says: its function, its assay, its control, and every helper that they reach.

Helpers are followed through the whole package of the claims, however they are imported, to the top-level statements
that define them; in hw1 only through `hw1.claims`, since its other rooms are hw1's version and not the claim. What
counts is what stands there and what it refers to. Where it stands, how its file and it itself are called and how it is
imported do not, so that moving or renaming a helper changes no claim; nor do docstrings, comments, annotations,
formatting and the words of errors. What an experiment's `run` reaches is in the keys of results, and the setting's
values are registered beside the digest; of its class, the methods count that a claim calls.
"""

import ast
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from hw1.fingerprints.names import Package, Place, denoted, followed, imported, named, statements
from hw1.fingerprints.trees import SCOPES, variables


def claim_digest(path: Path, root: str, name: str, setting: type | None = None) -> str:
    """Digest of a claim and everything that its verdict depends on in the package of claims.

    Parameters
    ----------
    path : the claim's file
    root : dotted name of its module; `hw1.claims`, or the top package of another module, is followed
    name : of the claim, at the top level of its module
    setting : the class of the setting of the experiment whose tables it reads

    Raises
    ------
    ValueError : where the file has no such name
    """
    package = Package.of(path, root)
    if not statements(Place(root, name), package):
        raise ValueError(f"{path} has no top-level name {name}: declare the claim there, under its function's name")
    return _digest(Place(root, name), _Reader(package, _methods(setting, package)))


class _Reader(NamedTuple):
    """What tells what a name means: the package, and the methods of the setting, by name."""

    package: Package
    methods: tuple[tuple[str, Place], ...]


def _methods(setting: type | None, package: Package) -> tuple[tuple[str, Place], ...]:
    """The methods and properties of a class and of what it builds on, as far as they stand in the package."""
    found: dict[str, Place] = {}
    for one in reversed(setting.__mro__ if setting else ()):
        if followed(one.__module__, package):
            places = {name: Place(one.__module__, f"{one.__qualname__}.{name}") for name in vars(one)}
            found |= {name: place for name, place in places.items() if statements(place, package)}
    return tuple(sorted(found.items()))


@cache
def _digest(start: Place, reader: _Reader) -> str:
    """Numbers stand for places, in the order in which they are met: what is called otherwise is the same."""
    order, parts = {start: 0}, []
    todo = [start]
    while todo:
        text, reached = _definition(todo.pop(0), reader)
        new = [place for place in reached if place not in order]
        order |= {place: len(order) + i for i, place in enumerate(new)}
        todo += new
        parts.append([text, [order[place] for place in reached]])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@cache
def _definition(place: Place, reader: _Reader) -> tuple[str, tuple[Place, ...]]:
    """What stands at a place, and the places that it refers to, by whose numbers in this order it names them."""
    writer = _Writer(place, reader)
    parts = [writer.statement(node) for node in statements(place, reader.package)]
    return json.dumps(parts, sort_keys=True), tuple(writer.places)


class _Writer:
    """Turns statements into lists and texts that are equal where the code means the same."""

    def __init__(self, place: Place, reader: _Reader):
        self._here, self._reader = place, reader
        self.places: list[Place] = []

    def statement(self, node: ast.stmt) -> Any:
        """A statement at the top level of the module; an import stands for what it names, and a name for its place."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            dotted = imported(node, self._here.module, self._reader.package)[self._here.name]
            return self._found(*denoted(dotted, (), self._reader.package))
        written = self._node(node, {})
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            written[1]["name"] = self._token(self._here)
        return written

    def _node(self, node: Any, local: Mapping[str, str]) -> Any:
        """A node as its type and fields; `local` holds the names of functions around it, with what they import."""
        if isinstance(node, list):
            return [self._node(one, local) for one in node]
        if not isinstance(node, ast.AST):
            return repr(node)
        if isinstance(node, ast.Name | ast.Attribute):
            return self._reference(node, local)
        inside = {**local, **_locals(node, self._here.module, self._reader.package)}
        fields = {}
        for field, value in _fields(node):
            # Decorators and defaults belong to the scope around.
            fields[field] = self._node(value, local if field in ("args", "decorator_list") else inside)
        return [type(node).__name__, fields]

    def _reference(self, node: ast.expr, local: Mapping[str, str]) -> Any:
        """A name with its attributes: a token where it leads into the package, the name that it has elsewhere."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return self._chain(self._node(node, local), attributes)
        if node.id not in local:
            return self._found(*named(Place(self._here.module, node.id), attributes, self._reader.package))
        if local[node.id]:
            return self._found(*denoted(local[node.id], attributes, self._reader.package))
        return self._chain(node.id, attributes)

    def _found(self, target: Place | str, attributes: Sequence[str]) -> Any:
        if isinstance(target, Place):
            return self._chain(target.name if _trains(target) else self._token(target), attributes)
        first, *more = target.split(".")
        return self._chain(first, [*more, *attributes])

    def _chain(self, value: Any, attributes: Sequence[str]) -> Any:
        """Attributes of something; those that the setting has as methods are followed, whatever they are asked of."""
        methods = dict(self._reader.methods)
        for name in attributes:
            value = ["Attribute", value, self._token(methods[name]) if name in methods else name]
        return value

    def _token(self, place: Place) -> int:
        if place not in self.places:
            self.places.append(place)
        return self.places.index(place)


def _trains(place: Place) -> bool:
    """Whether it is what an experiment draws from: a claim names `run` for its streams; REVISION is registered."""
    return place.name in ("run", "REVISION") and not place.module.rpartition(".")[2].startswith("_")


def _locals(scope: ast.AST, module: str, package: Package) -> dict[str, str]:
    """The names that a function binds by itself, each with the dotted name that it imports, or with nothing."""
    if not isinstance(scope, SCOPES):
        return {}
    bound = dict.fromkeys(variables(scope), "")
    todo = list(ast.iter_child_nodes(scope))
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= imported(node, module, package)
        elif not isinstance(node, (*SCOPES, ast.ClassDef)):
            todo += ast.iter_child_nodes(node)
    return bound


def _fields(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """The fields that mean something, equal for all versions of Python; imports and annotations inside are left out."""
    for field, value in ast.iter_fields(node):
        if field in ("ctx", "kind", "type_comment", "simple") or value is None:
            continue
        if isinstance(value, list):
            value = [_bare(one, node) for one in value if not isinstance(one, ast.Import | ast.ImportFrom)]
            if not value or field == "type_params":
                continue
        yield field, value


def _bare(node: Any, around: ast.AST) -> Any:
    """An assignment without its annotation, but for the fields of a class."""
    if isinstance(node, ast.AnnAssign) and node.value and not isinstance(around, ast.ClassDef):
        return ast.Assign(targets=[node.target], value=node.value)
    return node
