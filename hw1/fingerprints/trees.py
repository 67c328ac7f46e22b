"""Files and their syntax trees as digests read them: no docstrings, annotations of functions or words of errors."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

HW1 = Path(__file__).parents[1]
Roots = tuple[tuple[str, Path], ...]  # top packages and their folders

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def top_package(path: Path, root: str) -> dict[str, Path]:
    """The folder of the top package that a module lives in: two levels up for `mine.family.experiment`."""
    depth = root.count(".")
    return {root.split(".")[0]: path.parents[depth - 1]} if depth else {}


@cache
def source_file(name: str, roots: Roots) -> Path | None:
    """The source file of a dotted name, found without importing anything (an import could load torch)."""
    top, _, rest = name.partition(".")
    folders = dict(roots)
    if top not in folders:
        return None
    place = folders[top].joinpath(*rest.split(".")) if rest else folders[top]
    for candidate in (place.with_suffix(".py"), place / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


Stamp = tuple[int, int]


def stamp(path: Path) -> Stamp:
    """What differs where a file was written anew: when, in ns, and its size."""
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def without_words(path: Path) -> ast.Module:
    """The syntax tree of a file, as it is now, without docstrings, annotations of functions, and words of errors."""
    return _without_words(path, stamp(path))


@cache
def _without_words(path: Path, now: Stamp) -> ast.Module:  # noqa: ARG001 - a file that was written anew is read anew
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            _drop_docstring(node)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            node.exc.args = [one for one in node.exc.args if not _has_words(one)]
            node.exc.keywords = [one for one in node.exc.keywords if not _has_words(one)]
    return tree


def _has_words(node: ast.AST) -> bool:
    return any(
        isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and isinstance(part.value, str))
        for part in ast.walk(node)
    )


def _drop_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        node.body = node.body[1:] or [ast.Pass()]


def defines(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom) -> list[str]:
    """The names that a definition or an import binds."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).split(".")[0] for alias in node.names]
    return [node.name]


def outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """A statement and its parts, without those of functions and classes."""
    yield node
    if not isinstance(node, (*SCOPES, ast.ClassDef)):
        for child in ast.iter_child_nodes(node):
            yield from outside_functions(child)


def bound(node: ast.AST) -> list[str]:
    """The names that a top-level statement binds or changes, functions and classes apart, in their order."""
    return list(dict.fromkeys(name for part in outside_functions(node) for name in _binds(part)))


def _binds(node: ast.AST) -> Iterator[str]:
    """The names that a node binds, or whose values it changes in place (`TABLE["x"] = 1`, `TABLE.update(...)`)."""
    match node:
        case ast.Name(ctx=ast.Store()):
            yield node.id
        case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
            yield from _base(node)
        case ast.Expr(value=ast.Call(func=ast.Attribute() as method)):
            yield from _base(method)
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield from defines(node)


def _base(node: ast.AST) -> Iterator[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def variables(scope: ast.AST) -> set[str]:
    """The names that a function or comprehension binds by itself, without those that it declares global."""
    arguments = getattr(scope, "args", None)
    found = {part.arg for part in ast.walk(arguments) if isinstance(part, ast.arg)} if arguments else set()
    todo, shared = list(ast.iter_child_nodes(scope)), set[str]()
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Global):
            shared |= set(node.names)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Import | ast.ImportFrom):
            found |= set(defines(node))
        elif not isinstance(node, SCOPES):
            found |= {node.id} if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else set()
            todo += ast.iter_child_nodes(node)
    return found - shared
