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
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hw1.fingerprints.trees import (
    HW1,
    SCOPES,
    Roots,
    Stamp,
    bound,
    outside_functions,
    source_file,
    stamp,
    top_package,
    variables,
    without_words,
)

# Modules whose decorators keep nothing that `run` could find but by its name.
PLAIN = ("hw1.registry.", "dataclasses.", "functools.", "contextlib.", "typing.", "abc.")


@dataclass(frozen=True)
class Code:
    """The code that a result depends on, as it was when it was read: its digest, and its files with their stamps."""

    path: Path
    root: str
    setting: type | None
    digest: str
    files: tuple[tuple[Path, Stamp], ...]

    @classmethod
    def of(cls, path: Path, root: str, setting: type | None = None) -> "Code":
        """What `run` reaches; it takes what `code_digest` does."""
        files = [path, *(file for file in modules_reached(path, root, setting=setting).values() if file != path)]
        stamps = tuple((file, stamp(file)) for file in files)  # before they are read
        return cls(path, root, setting, code_digest(path, root, setting=setting), stamps)

    def changed(self) -> Path | None:
        """A file that was written anew, where the digest is another today; a stat for each file, if none was."""
        files = [file for file, was in self.files if not file.is_file() or stamp(file) != was]
        if not files:
            return None
        try:
            same = code_digest(self.path, self.root, setting=self.setting) == self.digest
        except (OSError, SyntaxError, UnicodeDecodeError):  # gone, or saved half
            same = False
        return None if same else files[0]


def code_digest(path: Path, root: str, entry: str = "run", setting: type | None = None) -> str:
    """Digest of the code reachable from a function.

    Parameters
    ----------
    path : the experiment's file
    root : dotted name of the experiment's module; modules below its top package and below `hw1` are followed
    entry : the function to start from
    setting : the class of the settings that it gets, where its methods count though no name in the file leads there
    """
    parts = [ast.unparse(node) for node in _code(path, entry, setting)]
    reached = modules_reached(path, root, entry, setting)
    parts += [f"# {name}\n{_unparsed(file, stamp(file))}" for name, file in reached.items() if file != path]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def modules_reached(path: Path, root: str, entry: str = "run", setting: type | None = None) -> dict[str, Path]:
    """The project's modules that a function reaches, by name, with their files; it takes what `code_digest` does."""
    roots = tuple({"hw1": HW1, **top_package(path, root)}.items())
    start = {module for node in _code(path, entry, setting) for module in _imports(node, root, roots)}
    start |= {one.__module__ for one in _mro(setting) if source_file(one.__module__, roots)} - {root}
    return dict(sorted(_closure(start, roots).items()))


def _code(path: Path, entry: str, setting: type | None) -> list[ast.stmt]:
    """What a function and the classes of its settings reach in their file; of these without the fields.

    The class is that of the settings or, where none is told, that of the first parameter.
    """
    named = setting.__name__ if setting else _first_annotation(path, entry)
    nodes = [
        _without_fields(node) if isinstance(node, ast.ClassDef) and node.name == named else node
        for node in without_words(path).body
    ]
    return _reachable(nodes, [entry, named, *(one.__name__ for one in _mro(setting))])


def _mro(setting: type | None) -> tuple[type, ...]:
    return setting.__mro__[:-1] if setting else ()


def _first_annotation(path: Path, entry: str) -> str:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == entry and node.args.args:
            annotation = node.args.args[0].annotation
            return annotation.id if isinstance(annotation, ast.Name) else ""
    return ""


def _without_fields(node: ast.ClassDef) -> ast.ClassDef:
    """A dataclass without what `asdict` has of it."""
    bare = copy(node)
    bare.body = [part for part in node.body if not _is_field(part)] or [ast.Pass()]
    return bare


def _is_field(part: ast.stmt) -> bool:
    return isinstance(part, ast.AnnAssign) and not any(
        kind in ast.unparse(part.annotation) for kind in ("ClassVar", "InitVar")
    )


def _reachable(nodes: Sequence[ast.stmt], entries: Sequence[str]) -> list[ast.stmt]:
    """The top-level statements that define or change some names and what they use, in the order of the file.

    What a call on its own is given it may change, and an import of everything may bring any name. What is decorated may
    be kept by its decorator, and a class by one that it derives from, where no name leads to it; `globals()` may lead
    to everything.
    """
    defined: dict[str, list[ast.stmt]] = {}
    for node in nodes:
        if _is_for_types(node) or bound(node) == ["REVISION"]:  # which a key has by itself
            continue
        bases = [name for base in getattr(node, "bases", ()) for name in _names(base)]
        for name in {*bound(node), *bases, *(_names(node) if isinstance(node, ast.Expr) else ())}:
            defined.setdefault(name, []).append(node)
    todo, seen = [*entries, *_handed_over(nodes)], set[str]()
    while todo:
        name = todo.pop()
        if name in seen or name not in defined:
            continue
        seen.add(name)
        todo += [used for node in defined[name] for used in _names(node)]
        todo += [*defined] if "globals" in todo else []
    wanted = {id(node) for name in seen for node in defined[name]} | {id(node) for node in nodes if _has_star(node)}
    return [node for node in nodes if id(node) in wanted]


def _handed_over(nodes: Sequence[ast.stmt]) -> Iterator[str]:
    """The functions and classes whose decorators may keep them: all but those of `PLAIN` modules."""
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    plain = {
        (alias.asname or alias.name).partition(".")[0]
        for node in imports
        for alias in node.names
        if f"{getattr(node, 'module', None) or alias.name}.".startswith(PLAIN)
    }
    for node in nodes:
        if any(_root(decorator) not in plain for decorator in getattr(node, "decorator_list", ())):
            yield from bound(node)


def _root(node: ast.AST) -> str:
    """The first name of `a`, `a.b`, `a(...)` and `a.b(...)`; empty where there is none."""
    while isinstance(node, ast.Call | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_for_types(node: ast.stmt) -> bool:
    """Whether it is `if TYPE_CHECKING:`, which does not run."""
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING") and not node.orelse


def _has_star(node: ast.stmt) -> bool:
    parts = [part for part in outside_functions(node) if isinstance(part, ast.ImportFrom)]
    return any(alias.name == "*" for part in parts for alias in part.names)


def _names(node: ast.AST, bound: frozenset[str] = frozenset()) -> Iterator[str]:
    """The names that a node uses, but for the variables of functions: those may be called like a name of the file.

    In doubt a name counts, as what is missing in a key would give stale results.
    """
    if isinstance(node, ast.Name) and node.id not in bound:
        yield node.id
    inside = bound | variables(node) if isinstance(node, SCOPES) else bound
    if first := getattr(node, "generators", None):
        yield from _names(first[0].iter, bound)  # which is looked up in the scope around
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
        todo += _imports_of_file(file, stamp(file), inside, roots)
    return found


@cache  # most experiments reach the same modules
def _imports_of_file(file: Path, now: Stamp, module: str, roots: Roots) -> list[str]:  # noqa: ARG001 - see `_unparsed`
    return sorted(set(_imports(without_words(file), module, roots)))


@cache
def _unparsed(path: Path, now: Stamp) -> str:  # noqa: ARG001 - a file that was written anew is read anew
    return ast.unparse(without_words(path))
