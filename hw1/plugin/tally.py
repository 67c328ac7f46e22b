"""Which claims the selected tests ask for, and what became of each test: a verdict, a reason why there is none, a skip.

Under xdist the controller collects no tests. Each worker leaves the questions in a folder of the run, as a worker that
dies cannot hand over anything later.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hw1.judging.decisions import Question
from hw1.manifest.counted import asked, once, unanswered
from hw1.running.computing import CellError
from hw1.writing import OutputError, write

REASON = pytest.StashKey[str]()  # why the test of an item has no verdict, in one line
LONGEST = 300  # characters of a reason


class Tally:
    """Every question of a run, counted once whatever the number of its tests."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self._records: list[dict[str, Any]] = []
        self._reasons: dict[str, str] = {}
        self._skipped: set[str] = set()

    def add(self, report: pytest.TestReport) -> None:
        """Take what a report says of a claim; on the controller of xdist it comes from a worker."""
        if hasattr(report, "hw1"):
            self._records.append(report.hw1)
        elif report.failed or hasattr(report, "wasxfail") or (report.skipped and hasattr(report, "hw1_reason")):
            self._reasons.setdefault(report.nodeid, getattr(report, "hw1_reason", "") or _reason(report))
        elif report.skipped:
            self._skipped.add(report.nodeid)

    @property
    def records(self) -> list[Any]:
        """The decisions."""
        return once(self._records)

    def without(self, end: str) -> list[Any]:
        """The questions that have no verdict; `end` is the reason of those that were not reached."""
        mine = [one for one in self.asked if one["test"] not in self._skipped]
        return unanswered(mine, self.records, self._reasons, end)


def question_of(item: pytest.Item) -> Question | None:
    """The claim that an item judges, unless it will be skipped."""
    callspec = getattr(item, "callspec", None)
    found = callspec.params.get("verdict") if callspec else None
    return found if isinstance(found, Question) and not item.get_closest_marker("skip") else None


def questions_of(items: Sequence[pytest.Item]) -> list[dict[str, Any]]:
    """What some items ask, in builtins only."""
    return [asked(question, item.nodeid) for item in items if (question := question_of(item))]


def leave(questions: Sequence[dict[str, Any]], folder: str) -> None:
    """Write a worker's questions for the controller; a worker on another machine has no such folder."""
    with suppress(OutputError):
        write(Path(folder) / "questions.json", json.dumps(questions))  # all workers have the same


def left(folder: str) -> list[Any]:
    """The questions that workers have left."""
    with suppress(OSError):
        return json.loads((Path(folder) / "questions.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]
    return []


def line_of(error: Exception) -> str:
    """An error in one line."""
    text = error.line if isinstance(error, CellError) else str(error)
    return _first_line(text) or type(error).__name__


def _reason(report: pytest.TestReport) -> str:
    """Of a test that failed before it had a verdict, or whose worker died."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return _first_line(crash.message if crash else str(report.longrepr)) or "its test failed without a message"


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0].strip()[:LONGEST] if lines else ""
