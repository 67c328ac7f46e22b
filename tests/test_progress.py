"""Progress is one renewed line on a terminal and a line a minute in a log; it tells what is left, and of what."""

import io
import json
from dataclasses import asdict, dataclass, replace
from threading import Thread
from types import SimpleNamespace

import pytest
import torch

from hw1.running.computing import Work
from hw1.running.costs import Costs
from hw1.running.heartbeats import Heartbeat, Teller, heartbeats
from hw1.running.progress import Progress, minutes


@dataclass(frozen=True)
class Cell:
    """All of a cell that progress looks at."""

    key: str
    arm: str = "deep"

    @property
    def experiment(self):
        return SimpleNamespace(name="deep_vs_shallow")

    @property
    def label(self):
        return f"deep_vs_shallow/{self.arm}"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def work(folder, cells=4, known=None, jobs=1):
    return Work(cells=[Cell(f"k{i}") for i in range(cells)], costs=Costs(known=known or {}), jobs=jobs, folder=folder)


def beat(key, **changes):
    fields = {"began": 0.0, "seconds": 30.0, "training": 1, "update": 500, "updates": 2000, "loss": 0.25, "rate": 20.0}
    return Heartbeat(key=key, **{**fields, **changes})


def told(stream, todo, seconds_per_cell):
    now = [0.0]
    progress = Progress(stream, clock=lambda: now[0], thread=False)
    progress.start(todo)
    for cell in todo.cells:
        now[0] += seconds_per_cell
        progress.done(cell, seconds_per_cell)
    progress.stop()
    return stream.getvalue().rstrip("\n").split("\n")  # \r renews a line, it does not end one


def test_pytests_terminal_is_written_to_by_its_reporters_own_methods(pytestconfig, tmp_path):
    for stream in (Terminal(), io.StringIO()):
        assert told(stream, work(tmp_path), 1) == reported(pytestconfig, type(stream)(), work(tmp_path), 1)


def reported(config, stream, todo, seconds_per_cell):
    reporter = pytest.TerminalReporter(config, stream)
    reporter.getvalue = stream.getvalue
    return told(reporter, todo, seconds_per_cell)


def test_a_cell_that_ends_while_the_line_is_made_is_counted_afterwards(tmp_path):
    """The line is made in a thread of its own, which iterates over the cells that are left."""
    seen = []

    class Slow(Terminal):
        def write(self, text):
            if "0 of 4 cells" in text:
                ending = Thread(target=progress.done, args=(todo.cells[0], 1.0), daemon=True)
                ending.start()
                ending.join(0.2)
                seen.append(progress._left.counted)
            return super().write(text)

    todo, stream = work(tmp_path), Slow()
    progress = Progress(stream, thread=False)
    progress.start(todo)
    progress.tick()
    assert seen == [0]


def test_a_log_gets_a_line_a_minute(tmp_path):
    assert told(io.StringIO(), work(tmp_path), 40) == [
        "hw1: computing 4 cells of deep_vs_shallow",
        "hw1: 2 of 4 cells, 1:20, about 1:20 left",
        "hw1: 4 of 4 cells, 2:40, about 0:00 left",
        "hw1: 4 of 4 cells computed in 2:40",
    ]


def test_a_terminal_renews_one_line_after_each_cell(tmp_path):
    lines = told(Terminal(), work(tmp_path), 1)
    assert len(lines) == 2
    assert lines[1].count("\x1b[2K") == 5


def test_an_estimate_from_earlier_cells_is_told_at_once(tmp_path):
    todo = work(tmp_path, known={"deep_vs_shallow/deep": 30.0}, jobs=2)
    assert told(io.StringIO(), todo, 40)[0] == "hw1: computing 4 cells of deep_vs_shallow on 2 processes, about 1:00"


def test_a_second_computation_knows_from_the_first_how_slow_the_machine_is(tmp_path):
    now, stream = [0.0], io.StringIO()
    progress = Progress(stream, clock=lambda: now[0], thread=False)
    for arm in ("deep", "shallow"):
        cells = [Cell(f"{arm}{i}", arm) for i in range(10)]
        costs = Costs(known={}, table={f"deep_vs_shallow/{arm}": 10.0})
        progress.start(Work(cells=cells, costs=costs, jobs=1, folder=tmp_path))
        for cell in cells:
            progress.done(cell, 30.0)
        progress.stop()
    told = [line.rpartition("about ")[2] for line in stream.getvalue().splitlines() if "computing" in line]
    assert told == ["1:40", "4:58"]


def test_where_time_is_short_no_more_than_it_is_told(tmp_path):
    short = replace(work(tmp_path, known={"deep_vs_shallow/deep": 100.0}), until=150.0)
    assert told(io.StringIO(), short, 60)[:3] == [
        "hw1: computing 4 cells of deep_vs_shallow, at most 2:30",
        "hw1: 1 of 4 cells, 1:00, at most 1:30 left",
        "hw1: 2 of 4 cells, 2:00, at most 0:30 left",
    ]
    long = replace(short, until=1_000.0)
    assert told(io.StringIO(), long, 60)[0] == "hw1: computing 4 cells of deep_vs_shallow, about 6:40"


def test_a_cell_that_failed_leaves_no_time_to_be_told(tmp_path):
    stream, todo = io.StringIO(), work(tmp_path, known={"deep_vs_shallow/deep": 30.0})
    now = [0.0]
    progress = Progress(stream, clock=lambda: now[0], thread=False)
    progress.start(todo)
    progress.failed(todo.cells[0])
    now[0] = 60.0
    progress.done(todo.cells[1], 30.0)
    assert stream.getvalue().splitlines()[1] == "hw1: 1 of 4 cells, 1:00, about 0:33 left"


def test_a_log_is_told_where_the_running_cells_are_while_none_ends(tmp_path):
    now, stream = [0.0], io.StringIO()
    progress = Progress(stream, clock=lambda: now[0], thread=False)
    progress.start(work(tmp_path, jobs=3))
    for key, changes in (("k0", {}), ("k1", {"training": 2, "rate": 0.0}), ("k2", {})):
        (tmp_path / f"{key}.json").write_text(json.dumps(asdict(beat(key, **changes))))
    for second in range(1, 125):
        now[0] = float(second)
        progress.tick()
    progress.stop()
    progress.tick()  # the thread's last look comes too late
    lines = stream.getvalue().splitlines()
    # A cell: 30 s until it said so and 1,500 updates at 20 a second; three of four have run for 60 s at once.
    assert lines[1] == (
        "hw1: 0 of 4 cells, 1:00, about 2:30 left; "
        "deep_vs_shallow/deep: update 500 of 2,000, loss 0.25, 20 a second; "
        "deep_vs_shallow/deep: training 2, update 500 of 2,000, loss 0.25; and 1 more"
    )
    assert [line.split(",")[1] for line in lines[1:-1]] == [" 1:00", " 2:00"]
    assert lines[-1] == "hw1: 0 of 4 cells computed in 2:04"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (3599, "59:59"), (3600, "1:00:00"), (90061, "25:01:01")]
)
def test_time_reads_as_on_a_clock(seconds, text):
    assert minutes(seconds) == text


def test_a_cell_tells_where_it_is_every_five_seconds_and_nothing_when_it_is_over(tmp_path):
    now = [0.0]
    teller = Teller(tmp_path, "k", clock=lambda: now[0])
    seen = []
    assert [(b.key, b.began, b.training) for b in heartbeats(tmp_path)] == [("k", 0.0, 0)]
    for _ in range(2):
        for update in range(4):
            teller(update, 3, torch.tensor([1.0, 2.0, 9.0]) / (update + 1))
            seen.append([(b.training, b.update, b.loss, b.rate, b.seconds) for b in heartbeats(tmp_path)])
            now[0] += 2.0
    assert seen[0] == seen[2] == [(1, 0, 2.0, 0.0, 0.0)]
    assert seen[3] == seen[5] == [(1, 3, 0.5, 0.5, 6.0)]
    assert seen[6] == [(2, 2, pytest.approx(2 / 3), 0.5, 12.0)]
    assert heartbeats(tmp_path)[0].expected == pytest.approx(14.0)
    assert heartbeats(tmp_path)[0].began == 0.0
    teller.end()
    assert heartbeats(tmp_path) == []


def test_an_accelerator_is_asked_for_its_losses_every_hundred_updates_at_most(tmp_path):
    asked = []

    class Far:
        device = SimpleNamespace(type="cuda")

        def detach(self):
            asked.append(now[0])
            return torch.ones(2)

    now = [0.0]
    teller = Teller(tmp_path, "k", clock=lambda: now[0])
    for update in range(301):
        now[0] = update * 1.0
        teller(update, 300, Far())
    assert asked == [0.0, 100.0, 200.0, 300.0]


def test_a_folder_that_is_gone_does_not_stop_a_training(tmp_path):
    teller = Teller(tmp_path / "gone", "k")
    teller(0, 1, torch.ones(2))
    teller.end()
