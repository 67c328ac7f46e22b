"""A digest of the code that a result depends on: whatever `run` and the class of its setting reach, and nothing else.

In the experiment's own file that is every top-level name reachable from them, but for the fields of the setting, whose
values are in the key by themselves; of the project's modules that those names import, the whole file and what it
imports in turn. Comments, docstrings, formatting, the annotations of functions and the words of errors do not count,
so that rewording a sentence or changing a figure or a claim does not cost a training.
"""

import ast
import hashlib
from collections.abc import Iterator, Sequence
from copy import copy
from functools import cache
from pathlib import Path

from hw1.fingerprints.trees import HW1, SCOPES, Roots, defines, source_file, top_package, variables, without_words


def code_digest(path: Path, root: str, entry: str = "run") -> str:
    """Digest of the code reachable from a function.

    Parameters
    ----------
    path : the experiment's file
    root : dotted name of the experiment's module; modules below its top package and below `hw1` are followed
    entry : the function to start from
    """
    parts = [ast.unparse(node) for node in _code(path, entry)]
    parts += [
        f"# {name}\n{_unparsed(file)}" for name, file in modules_reached(path, root, entry).items() if file != path
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def modules_reached(path: Path, root: str, entry: str = "run") -> dict[str, Path]:
    """The project's modules that a function reaches, by name, with their files; it takes what `code_digest` does."""
    roots = tuple({"hw1": HW1, **top_package(path, root)}.items())
    nodes = _code(path, entry)
    return dict(sorted(_closure({m for node in nodes for m in _imports(node, root, roots)}, roots).items()))


def _code(path: Path, entry: str) -> list[ast.stmt]:
    """What a function and the class of its first parameter reach in their file; of that class without the fields."""
    setting = _first_annotation(path, entry)
    nodes = [
        _without_fields(node) if isinstance(node, ast.ClassDef) and node.name == setting else node
        for node in without_words(path).body
    ]
    return _reachable(nodes, [entry, setting])


def _first_annotation(path: Path, entry: str) -> str:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == entry and node.args.args:
            annotation = node.args.args[0].annotation
            return annotation.id if isinstance(annotation, ast.Name) else ""
    return ""


def _without_fields(node: ast.ClassDef) -> ast.ClassDef:
    bare = copy(node)
    bare.body = [part for part in node.body if not isinstance(part, ast.AnnAssign)] or [ast.Pass()]
    return bare


def _reachable(nodes: Sequence[ast.stmt], entries: Sequence[str]) -> list[ast.stmt]:
    """The top-level statements that define some names and what they use, in the order of the file."""
    defined: dict[str, list[ast.stmt]] = {}
    for node in nodes:
        for name in defines(node):
            defined.setdefault(name, []).append(node)
    todo, seen = list(entries), set[str]()
    while todo:
        name = todo.pop()
        if name in seen or name not in defined:
            continue
        seen.add(name)
        todo += [used for node in defined[name] for used in _names(node)]
    wanted = {id(node) for name in seen for node in defined[name]}
    return [node for node in nodes if id(node) in wanted]


def _names(node: ast.AST, bound: frozenset[str] = frozenset()) -> Iterator[str]:
    """The names that a node uses, but for the variables of functions: those may be called like a name of the file.

    In doubt a name counts, as what is missing in a key would give stale results.
    """
    if isinstance(node, ast.Name) and node.id not in bound:
        yield node.id
    inside = bound | variables(node) if isinstance(node, SCOPES) else bound
    for field, value in ast.iter_fields(node):
        # Decorators, defaults and what a comprehension runs over belong to the scope around.
        around = field in ("args", "decorator_list", "iter")
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _names(child, bound if around else inside)


def _imports(node: ast.AST, module: str, roots: Roots) -> Iterator[str]:
    """Dotted names of the project's modules that a node imports; `from package import name` may mean either."""
    for part in ast.walk(node):
        names: list[str] = []
        if isinstance(part, ast.Import):
            names = [alias.name for alias in part.names]
        elif isinstance(part, ast.ImportFrom):
            base = ".".join(module.split(".")[: -part.level]) if part.level else ""
            stem = ".".join(filter(None, [base, part.module]))
            names = [stem] + [f"{stem}.{alias.name}" for alias in part.names]
        yield from (name for name in names if source_file(name, roots))


def _closure(start: set[str], roots: Roots) -> dict[str, Path]:
    found: dict[str, Path] = {}
    todo = sorted(start)
    while todo:
        name = todo.pop()
        file = source_file(name, roots)
        if file is None or name in found:
            continue
        found[name] = file
        inside = f"{name}.__init__" if file.name == "__init__.py" else name
        todo += _imports_of_file(file, inside, roots)
    return found


@cache  # most experiments reach the same modules
def _imports_of_file(file: Path, module: str, roots: Roots) -> list[str]:
    return sorted(set(_imports(without_words(file), module, roots)))


@cache
def _unparsed(path: Path) -> str:
    return ast.unparse(without_words(path))
