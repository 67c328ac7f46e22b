"""The plugin's hooks and its fixture: claims as tests.

Cells that the selected claims need are computed once, before the first test; tests only read tables, judge and assert.
"""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir

import pytest
from filelock import FileLock

from hw1.blocks import seeds_of
from hw1.judging.answers import Answers
from hw1.judging.decisions import Decision, Question
from hw1.machine.devices import Device
from hw1.machine.environment import facts
from hw1.manifest.records import record
from hw1.plugin.options import (
    ANSWERS,
    ASKED,
    DEVICE,
    SHARD,
    SHARE,
    answers_of,
    check_options,
    distributed,
    jobs_of,
    plan_of,
    store_of,
)
from hw1.plugin.reporter import Reporter, accounts_of
from hw1.plugin.tally import REASON, leave, line_of, question_of, questions_of
from hw1.registry import Claim
from hw1.running.cells import Cell
from hw1.running.cluster import ClusterError
from hw1.running.computing import CellError, LeftError
from hw1.running.shards import Shard, Share
from hw1.running.store import MEMORY, StoreError

MARKERS = {
    "fast": "claims on a laptop and in CI: no download, minutes",
    "full": "claims at the published scale: CIFAR-10, a GPU when there is one, hours",
    "slow": "trained controls, kill tests, sabotage: run with -m slow",
}
DECISION = pytest.StashKey[Decision]()


def judges(claim: Claim) -> pytest.MarkDecorator:
    """Parametrize a test with the `verdict` on a claim: once per tier, and once per trained control (`slow`)."""
    params = []
    for tier in claim.tiers:
        mark = getattr(pytest.mark, tier)
        params.append(pytest.param(Question(claim, tier), id=tier, marks=mark))
        if claim.control.trains:
            question = Question(claim, tier, control=True)
            marks = [pytest.mark.slow] if tier == "fast" else [pytest.mark.slow, mark]
            params.append(pytest.param(question, id=question.id, marks=marks))
    return pytest.mark.parametrize("verdict", params, indirect=True)


@pytest.fixture
def verdict(request: pytest.FixtureRequest) -> Decision:
    """The decision on the claim that the test `judges`."""
    question: Question = request.param
    try:
        decision = _decided(request.config, question)
    except LeftError as error:
        request.node.stash[REASON] = error.line
        pytest.skip(error.line)
    except (ValueError, CellError, StoreError) as error:
        request.node.stash[REASON] = line_of(error)
        told = f"no verdict on {question.claim.name} [{question.id}]: {error}"
        raise pytest.fail.Exception(told, pytrace=False) from None  # or pytest would print the error twice
    request.node.stash[DECISION] = decision
    request.node.user_properties.extend(_properties(decision).items())  # JUnit's XML takes them from here
    if decision.verdict.outcome == "invalid":  # an error, not a failure: nothing was seen of the claim
        pytest.fail(str(decision), pytrace=False)
    return decision


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers and refuse options that cannot work before anything runs."""
    config.stash[ASKED] = []
    for name, text in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {text}")
    if distributed(config) and config.option.hw1_store == MEMORY:
        raise pytest.UsageError("--hw1-store :memory: cannot be shared by the workers of -n: leave out one of the two")
    try:
        check_options(config)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Reporter(config), "hw1-reporter")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Device, versions, seeds, store, and how to repeat the run."""
    device, block, (looks, asked) = config.stash[DEVICE], config.option.hw1_block, plan_of(config)
    about = f"{device.hardware} ({device.name}), torch {facts()['torch']}, {jobs_of(config)} processes"
    return [
        f"hw1: {about}{_exact(device)}",
        f"hw1: store {store_of(config)}",
        f"hw1: block {block}, seeds from {seeds_of(block, 1)[0]} up, {looks}; repeat with --hw1-block {block} {asked}",
    ]


def _exact(device: Device) -> str:
    """What `hw1.running.pinned` sees to where a GPU has faster ways."""
    return "" if device.name == "cpu" else ", float32 without TF32, cuDNN's deterministic kernels"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip `full` and `slow` with a reason unless -m names them."""
    for name in ("full", "slow"):
        if name not in config.option.markexpr:
            skip = pytest.mark.skip(reason=f"run with -m {name}")
            for item in items:
                if item.get_closest_marker(name):
                    item.add_marker(skip)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Compute what the selected claims need before the first test; with -x or in a worker each waits its turn."""
    option = session.config.option
    idle = option.collectonly or getattr(option, "setupplan", False) or session.testsfailed
    shard = session.config.stash[SHARD]
    if idle or (shard is None and option.maxfail) or distributed(session.config):
        return
    questions = session.config.stash[ASKED]
    if not questions:
        return
    try:
        answers = answers_of(session.config)
        if shard is None:
            answers.train(questions)
        else:
            session.config.stash[SHARE] = _computed(answers, questions, shard)
    except (ClusterError, StoreError) as error:
        raise pytest.UsageError(str(error)) from error


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hand the decision to the report, in builtins only, so that it reaches the controller of xdist."""
    report = yield
    decision = item.stash.get(DECISION, None)
    # A test that has no verdict ends in its set-up.
    if decision is not None and (report.when == "call" or (report.when == "setup" and report.failed)):
        vars(report)["hw1"] = record(decision, item.nodeid)  # extra attributes travel with the report
    elif reason := item.stash.get(REASON, ""):
        vars(report)["hw1_reason"] = reason
    return report


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note what is asked; a worker of xdist leaves it, all before the first test, as it may die in any of them."""
    session.config.stash[ASKED] = [question for item in session.items if (question := question_of(item))]
    if folder := getattr(session.config, "workerinput", {}).get("hw1", ""):
        leave(questions_of(session.items), folder)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of xdist hands over what it alone can say: the figures, from the tables it has read."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["hw1"], config.workeroutput["hw1_lacking"] = accounts_of(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close the store."""
    if ANSWERS in config.stash:
        config.stash[ANSWERS].results.close()


def _decided(config: pytest.Config, question: Question) -> Decision:
    answers = answers_of(config)
    if shard := config.stash[SHARD]:
        answers.results.check(_shared(config, question))
        pytest.skip(f"shard {shard} computes a share of the cells: no verdict before the stores are merged")
    with _lock(config, question):
        return answers.decide(question)


def _computed(answers: Answers, questions: Sequence[Question], shard: Shard) -> Share:
    """The share of a shard in the look that is next."""
    needed = answers.needed(questions)
    share = answers.results.compute_share([cell for cells in needed.values() for cell in cells], shard)
    return replace(share, looks=tuple(sorted({look for _, look in needed})))


def _shared(config: pytest.Config, question: Question) -> list[Cell]:
    """The cells of a question, of any look, that this shard was to compute."""
    answers, share = answers_of(config), config.stash.get(SHARE, None)
    if share is None:  # the shard was not computed
        return []
    looks = range(1, len(answers.design(question).sizes) + 1)
    return [cell for look in looks for cell in answers.cells(question, look) if cell in share]


def _properties(decision: Decision) -> dict[str, object]:
    seen = decision.verdict
    return {
        "claim": decision.question.claim.name,
        "verdict": seen.outcome,
        "seeds_won": f"{seen.wins}/{seen.n}",
        "look": seen.look,
        "effect": f"{seen.effect_name} {seen.effect:.3g} [{seen.low:.3g}, {seen.high:.3g}]",
        "expected": decision.expected,
        "status": decision.status,
    }


def _lock(config: pytest.Config, question: Question) -> AbstractContextManager[object]:
    """In a worker of xdist, one lock per experiment: the others wait and then read its cells from the store."""
    if not hasattr(config, "workerinput"):
        return nullcontext()
    name = f"{question.experiment.name}.lock"
    try:
        return FileLock(f"{store_of(config)}.{name}").acquire()
    except OSError:  # beside the store nothing can be written: the workers of this run still wait for each other
        return FileLock(Path(config.workerinput["hw1"] or gettempdir()) / name).acquire()
