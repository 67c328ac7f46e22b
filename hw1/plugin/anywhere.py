"""Tests made from the registry, for `hw1 test`: the items that tests/claims of a clone holds, where there is no clone.

Loaded beside `hw1.plugin`; pytest is then given the folder of a claims package, and finds in it what is made here.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from hw1.judging.decisions import Decision
from hw1.plugin.hooks import judges
from hw1.registry import Claim, Experiment, experiments


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which package; an option, so that workers of xdist have it too."""
    parser.getgroup("hw1").addoption("--hw1-claims", metavar="PACKAGE", help="the claims that `hw1 test` tests")


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The registry, in the place of the folder that holds it."""
    return Registry.from_parent(parent, path=path) if path in parent.session._initialpaths else None


class Registry(pytest.Directory):
    """A package of claims."""

    def collect(self) -> Iterator[pytest.Collector]:
        """One module for each experiment; `FAMILY/EXPERIMENT::test_CLAIM[TIER]` is the id of a test."""
        for one in experiments(self.config.option.hw1_claims).values():
            name = f"{one.family}/{one.name}"
            made: pytest.Module = pytest.Module.from_parent(self, path=one.path, name=name, nodeid=name)
            made.obj = module_of(one)
            yield made


def module_of(experiment: Experiment) -> ModuleType:
    """A module with a test for each claim of an experiment's file, as tests/claims has it."""
    module = ModuleType(experiment.name)
    for claim in experiment.claims:
        setattr(module, f"test_{claim.name}", judges(claim)(_test_of(claim)))
    return module


def _test_of(claim: Claim) -> Callable[[Decision], None]:
    def test(verdict: Decision) -> None:
        if not verdict.as_registered:
            pytest.fail(str(verdict), pytrace=False)

    test.__doc__ = claim.sentence
    return test
