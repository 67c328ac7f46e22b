"""What a run of pytest leaves behind: the table on the terminal, the manifest and, if asked, the report."""

from pathlib import Path
from typing import Any

import pytest

from hw1.machine.environment import facts
from hw1.manifest.accounts import accounts, failures, merged
from hw1.manifest.records import write
from hw1.manifest.summary import closing, table
from hw1.plugin.options import ANSWERS, DEVICE, SHARE, looks_of, store_of
from hw1.running.store import StoreError


class Reporter:
    """Collects the decisions of a run, prints their table, writes the manifest and, if asked, the report."""

    def __init__(self, config: pytest.Config):
        self.config = config
        self.records: list[dict[str, Any]] = []
        self.accounts: list[dict[str, Any]] = []
        self.page = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a decision; on the controller of xdist it comes from a worker."""
        if hasattr(report, "hw1"):
            self.records.append(report.hw1)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Keep what a worker of xdist says of its experiments; one that died says nothing."""
        self.accounts = merged(self.accounts, getattr(node, "workeroutput", {}).get("hw1", []))

    def pytest_sessionfinish(self) -> None:
        """Write the manifest, also after an interruption, and the report."""
        if not self.records:
            return
        option = self.config.option
        run = {"block": option.hw1_block, "looks": 1 if option.hw1_seeds else looks_of(self.config)}
        run["seeds"] = option.hw1_seeds
        device = {"device": self.config.stash[DEVICE].hardware, "precision": option.hw1_precision}
        self.accounts = merged(self.accounts, accounts_of(self.config))
        write(self._path(), self.records, {**facts(), **device, **run}, self.accounts)
        if option.hw1_report:
            self.page = page(self._path(), Path(option.hw1_report))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print claim, verdict, effect with interval, seeds won and cost; for a shard, what it computed."""
        if share := self.config.stash.get(SHARE, None):
            for line in share.lines(store_of(self.config), _whole_command(self.config)):
                terminalreporter.write_line(f"hw1: {line}")
        for line in missing_of(self.config):
            terminalreporter.write_line(f"hw1: {line}")
        if not self.records:
            if self.config.option.hw1_report:
                terminalreporter.write_line("hw1: no claim was judged, so there is no report")
            return
        terminalreporter.section("claims")
        for line in [*table(self.records), *closing(self.records), *failures(self.accounts)]:
            terminalreporter.write_line(line)
        terminalreporter.write_line(f"manifest: {self._path()}")
        if self.page:
            terminalreporter.write_line(self.page)

    def _path(self) -> Path:
        given = self.config.option.hw1_manifest
        return Path(given) if given else self.config.rootpath / ".hw1" / "manifest.json"


def _whole_command(config: pytest.Config) -> str:
    """This run's command, for all cells and the store that stores are merged into by default."""
    words, own = list(config.invocation_params.args), ("--hw1-shard", "--hw1-store")
    kept = [
        word
        for before, word in zip([None, *words], words, strict=False)
        if before not in own and word.partition("=")[0] not in own
    ]
    return " ".join(["pytest", *map(str, kept)])


def page(manifest: Path, output: Path) -> str:
    """Write the report and say so in a line; what goes wrong with it must not hide the verdicts."""
    from hw1.report import write_page  # loads matplotlib, so only where a report is wanted

    try:
        write_page(manifest, output)
    except (OSError, ValueError) as error:
        return f"report: {output} was not written: {error}"
    return f"report: {output}"


def accounts_of(config: pytest.Config) -> list[dict[str, Any]]:
    """What this process can say of the experiments that it judged."""
    return accounts(config.stash[ANSWERS]) if ANSWERS in config.stash else []


def missing_of(config: pytest.Config) -> list[str]:
    """The cells that this process needed and does not have; a store that cannot be read has said so already."""
    try:
        return config.stash[ANSWERS].results.missing() if ANSWERS in config.stash else []
    except StoreError:
        return []
