"""What a run of pytest leaves behind: the table on the terminal, the manifest and, if asked, the report."""

import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from hw1.machine.commit import commit, still
from hw1.machine.environment import facts
from hw1.manifest.accounts import accounts, failures, merged
from hw1.manifest.counted import contradictions
from hw1.manifest.records import document, write
from hw1.manifest.summary import closing, table
from hw1.plugin.calls import asked
from hw1.plugin.options import ANSWERS, DEVICE, SHARD, SHARE, looks_of, manifest_of, store_of
from hw1.plugin.tally import Tally, left, questions_of
from hw1.running.store import StoreError


class Reporter:
    """Collects the decisions of a run, prints their table, writes the manifest and, if asked, the report."""

    def __init__(self, config: pytest.Config):
        self.config = config
        self.tally = Tally()
        self.records: list[Any] = []
        self.without: list[Any] = []
        self.accounts: list[dict[str, Any]] = []
        self.files: list[str] = []  # what was written, and what was not and why
        self.ran = False
        self.commit = ""  # that the run began with
        self.folder = ""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Give a worker of xdist the folder of the run; where none can be made there is none."""
        with suppress(OSError):
            self.folder = self.folder or mkdtemp(prefix="hw1-run-")
        node.workerinput["hw1"] = self.folder

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Note what the tests ask, unless none of them will run."""
        option = self.config.option
        broken = session.testsfailed and not option.continue_on_collection_errors
        self.ran = not (broken or option.collectonly or option.setuponly)
        self.tally.asked = questions_of(session.items)
        self.commit = commit()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a decision, or why there is none."""
        self.tally.add(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Keep what a worker of xdist says of its experiments; one that died says nothing."""
        output = getattr(node, "workeroutput", {})
        self._keep(output.get("hw1", []), output.get("hw1_lacking", []))

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the manifest, also after an interruption, and the report; where that fails the table still comes."""
        self.records = self.tally.records
        refused = exitstatus == pytest.ExitCode.USAGE_ERROR or self.config.stash[SHARD] is not None
        if self.ran and not refused:
            self.tally.asked += left(self.folder)
            self.without = self.tally.without(_end(session))
        if not (self.records or self.without):
            return
        try:
            self._keep(*accounts_of(self.config))
        except KeyboardInterrupt:  # the verdicts are there, and come
            self.files.append("interrupted (Ctrl-C) while figures were made: none are kept; run again for them")
            session.exitstatus = pytest.ExitCode.INTERRUPTED
        made = document(self.records, self._environment(), self.accounts, without=self.without)
        option, path = self.config.option, manifest_of(self.config)
        done = [self._written("manifest", path, lambda: write(path, made), asked=option.hw1_manifest)]
        if option.hw1_report:
            output = Path(option.hw1_report)
            done.append(self._written("report", output, lambda: _page(made, path, output), asked=True))
        if not all(done) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED  # a file that was asked for is not there

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
        """Print claim, verdict, effect with interval, seeds won and cost; for a shard, what it computed."""
        if share := self.config.stash.get(SHARE, None):
            for line in share.lines(store_of(self.config), _whole_command(self.config)):
                terminalreporter.write_line(f"hw1: {line}")
        refused = exitstatus == pytest.ExitCode.USAGE_ERROR  # the same command would compute none of them
        for line in [] if refused else missing_of(self.config):
            terminalreporter.write_line(f"hw1: {line}")
        if not (self.records or self.without):
            if self.config.option.hw1_report:
                terminalreporter.write_line("hw1: no claim was judged, so there is no report")
            return
        terminalreporter.section("claims")
        for line in self._lines():
            terminalreporter.write_line(line)

    def pytest_unconfigure(self) -> None:
        """Remove the folder of the run."""
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _keep(self, accounts: list[dict[str, Any]], lacking: list[str]) -> None:
        self.accounts = merged(self.accounts, accounts)
        self.files += [line for line in lacking if line not in self.files]

    def _lines(self) -> Iterator[str]:
        yield from table(self.records, self.without)
        yield from closing(self.records, self.without)
        yield from contradictions(self.records)
        yield from failures(self.accounts)
        yield from self.files

    def _environment(self) -> dict[str, Any]:
        option = self.config.option
        run = {"block": option.hw1_block, "looks": 1 if option.hw1_seeds else looks_of(self.config)}
        run["seeds"] = option.hw1_seeds
        source = {"commit": made} if (made := still(self.commit)) else {}
        return {
            **facts(),
            **source,
            "device": self.config.stash[DEVICE].hardware,
            "precision": option.hw1_precision,
            **run,
        }

    def _written(self, what: str, path: Path, make: Callable[[], None], *, asked: object) -> bool:
        """Write a file and say so in a line, or say why not; whether there is what was asked for."""
        try:
            make()
        except (Exception, KeyboardInterrupt) as error:  # no cause whatever may hide the verdicts
            self.files.append(f"{what}: {path} was not written: {_cause(error)}; {_REMEDY[what]}")
            return not asked
        self.files.append(f"{what}: {path}")
        return True


_REMEDY = {
    "manifest": "name another place with --hw1-manifest=FILE and run again, which computes nothing twice",
    "report": "name another place with --hw1-report=FILE, or make it later by `python -m hw1 report MANIFEST`",
}


def _cause(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__


def _end(session: pytest.Session) -> str:
    """Why a test was not reached."""
    told = session.shouldfail or session.shouldstop or "the run was ended before"
    return f"not reached: {told}"


def _page(made: dict[str, Any], manifest: Path, output: Path) -> None:
    """Write the page of a manifest, whether or not that was written itself."""
    from hw1.report import write_page_of  # loads matplotlib, so only where a report is wanted

    write_page_of(made, manifest, output)


def _whole_command(config: pytest.Config) -> str:
    """This run's command, for all cells and the store that stores are merged into by default."""
    program, words = asked(config.invocation_params.args)
    own = ("--hw1-shard", "--hw1-store")
    kept = [
        word
        for before, word in zip([None, *words], words, strict=False)
        if before not in own and word.partition("=")[0] not in own
    ]
    return shlex.join([*program, *kept])


def accounts_of(config: pytest.Config) -> tuple[list[dict[str, Any]], list[str]]:
    """What this process can say of the experiments that it judged, and why of some it cannot."""
    return accounts(config.stash[ANSWERS]) if ANSWERS in config.stash else ([], [])


def missing_of(config: pytest.Config) -> list[str]:
    """The cells that this process needed and does not have; a store that cannot be read has said so already."""
    try:
        return config.stash[ANSWERS].results.missing() if ANSWERS in config.stash else []
    except StoreError:
        return []
