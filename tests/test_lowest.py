"""The least versions that pyproject.toml allows are tried: by `tox -e lowest`, those of torch by `tox -m versions`."""

import ast
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
NOT_TRIED = {"torchvision", "mypy", "ruff", "pandas-stubs", "scipy-stubs"}  # a download of the full tier; no tests

BROUGHT = {"PIL", "markupsafe"}  # by matplotlib and jinja2, which cannot do without


def allowed():
    """Name and least version of what the library, its tests and a cluster need."""
    made = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*made["project"]["dependencies"], *made["dependency-groups"]["dev"]]
    wanted += [one for extra in made["project"]["optional-dependencies"].values() for one in extra]
    for one in map(Requirement, wanted):
        (bound,) = one.specifier
        assert bound.operator == ">=", f"{one}: a least version, and no other bound, is expected"
        yield one.name, bound.version


def imported(path):
    """The packages that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def ini(section):
    """Lines of `deps` in tox.ini."""
    parser = ConfigParser(interpolation=None)
    parser.read(ROOT / "tox.ini")
    return [line.strip() for line in parser[section]["deps"].splitlines() if line.strip()]


def tried():
    """Name and version of what tox installs in `lowest`; of torch, in the oldest of the environments named after it."""
    torch = sorted(line.partition(": ")[2] for line in ini("testenv") if line.startswith("torch2"))[0]
    for line in [*ini("testenv:lowest"), torch]:
        name, _, version = line.partition("==")
        yield name, version


def test_the_least_versions_allowed_are_the_ones_that_are_tried():
    assert dict(tried()) == {name: version for name, version in allowed() if name not in NOT_TRIED}


def test_all_that_is_imported_is_declared():
    found = {name for path in (ROOT / "hw1").rglob("*.py") for name in imported(path)} - {"hw1"}
    declared = {"sklearn" if name == "scikit-learn" else name for name, _ in allowed()}
    assert found - sys.stdlib_module_names - declared == BROUGHT


def test_ci_tries_them():
    assert "-e lowest" in (ROOT / ".ci/run").read_text()
