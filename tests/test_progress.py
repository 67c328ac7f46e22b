"""Progress is one renewed line on a terminal and a line a minute in a log."""

import io
from types import SimpleNamespace

import pytest

from hw1.progress import Progress, minutes

CELL = SimpleNamespace(experiment=SimpleNamespace(name="deep_vs_shallow"))


class Terminal(io.StringIO):
    def isatty(self):
        return True


def told(stream, seconds_per_cell, estimate=None, cells=4):
    now = [0.0]
    progress = Progress(stream, clock=lambda: now[0])
    progress.start([CELL] * cells, estimate)
    for _ in range(cells):
        now[0] += seconds_per_cell
        progress.done()
    progress.stop()
    return stream.getvalue().rstrip("\n").split("\n")  # \r renews a line, it does not end one


def test_a_log_gets_a_line_a_minute():
    assert told(io.StringIO(), 40) == [
        "hw1: computing 4 cells of deep_vs_shallow",
        "hw1: 2 of 4 cells, 1:20, 1:20 left",
        "hw1: 4 of 4 cells, 2:40, 0:00 left",
        "hw1: 4 of 4 cells computed in 2:40",
    ]


def test_a_terminal_renews_one_line_after_each_cell():
    lines = told(Terminal(), 1)
    assert len(lines) == 2
    assert lines[1].count("\x1b[2K") == 5


def test_an_estimate_from_earlier_cells_is_told_at_once():
    assert told(io.StringIO(), 40, estimate=120.0)[0] == "hw1: computing 4 cells of deep_vs_shallow, about 2:00"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (3599, "59:59"), (3600, "1:00:00"), (90061, "25:01:01")]
)
def test_time_reads_as_on_a_clock(seconds, text):
    assert minutes(seconds) == text
