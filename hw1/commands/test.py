"""`test`: the claims as tests, where there is no clone. What follows the word goes to pytest."""

import importlib.util
from argparse import ArgumentParser, Namespace
from collections.abc import Generator
from pathlib import Path

import pytest

from hw1.exits import CRASH, DONE, INTERRUPTED, OTHER, WRONG
from hw1.plugin.calls import call

HELP = "the claims as tests, wherever hw1 is installed; what follows goes to pytest, -k, -x, --hw1-report=FILE and all"
ABBREVIATIONS = False  # the options are pytest's, which are written out

STATUSES = {
    DONE: "every claim as registered",
    OTHER: "a claim is not as registered, or has no verdict",
    WRONG: "an option cannot work, or it selects no claim",
}

# pytest's own statuses; what it says of them stands above.
_STATUS = {
    pytest.ExitCode.OK: DONE,
    pytest.ExitCode.TESTS_FAILED: OTHER,
    pytest.ExitCode.INTERRUPTED: INTERRUPTED,
    pytest.ExitCode.INTERNAL_ERROR: CRASH,
    pytest.ExitCode.USAGE_ERROR: WRONG,
    pytest.ExitCode.NO_TESTS_COLLECTED: WRONG,
}


def arguments(parser: ArgumentParser) -> None:
    """None of its own: `main` hands over what it does not know."""
    parser.usage = "python -m hw1 test [OPTIONS OF PYTEST]"
    parser.set_defaults(rest=[])


def command(options: Namespace) -> Generator[str, None, int]:
    """Run pytest on the registry, in the fast tier unless -m says otherwise; results lie in .hw1 of this folder."""
    yield from ()
    folder = _folder(options.package or "hw1.claims")
    return _STATUS[pytest.ExitCode(pytest.main(call(options.rest, options.package, folder)))]


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ValueError(f"{package} is no package of claims: name one with --claims, by its name")
    return Path(next(iter(spec.submodule_search_locations))).resolve()
