"""The time left that is told: within a factor of two of the truth from the first minute on, whatever the machine.

The runs are simulated on a simulated clock: the cells of the fast tier, with what the table says of them.
"""

import itertools
import random
from dataclasses import dataclass, replace

import pytest

from hw1.blocks import seeds_of
from hw1.machine.devices import CPU
from hw1.registry import experiments, find_experiment
from hw1.running.cells import Cell, cells_of
from hw1.running.computing import Work
from hw1.running.costs import Costs, costs_of
from hw1.running.heartbeats import EVERY, Heartbeat
from hw1.running.pace import Left, Pace, Running, ends
from hw1.running.store import MEMORY, Row, Store

# When the trainings of a cell end, as shares of its time; after the last it measures. Of the 165 arms of the fast tier
# 123 train once, for 0.8 of their time or more; 13 train twice; the others train for less, or not at all.
SHAPES = ((0.95,), (0.99,), (0.85,), (0.45, 0.92), (0.4, 0.8), (0.27,), ())
WEIGHTS = (40, 40, 20, 8, 5, 4, 17)


@dataclass(frozen=True)
class Run:
    """A cell that was simulated."""

    cell: Cell
    began: float
    seconds: float
    shape: tuple[float, ...]

    @property
    def ended(self):
        return self.began + self.seconds

    def beat(self, now):
        """What it told of itself last."""
        gone = (now - self.began) // EVERY * EVERY
        spans = [(a * self.seconds, b * self.seconds) for a, b in itertools.pairwise((0.03, *self.shape))]
        begun = [span for span in spans if span[0] < gone]
        start, end = begun[-1] if begun else (0.0, 1.0)
        at = min(gone, end) if begun else 0.0
        update = int(1_000 * (at - start) / (end - start))
        fields = {"seconds": at, "training": len(begun), "update": update, "updates": 1_000 if begun else 0}
        return Heartbeat(key=self.cell.key, began=self.began, loss=0.5, rate=update / (at - start or 1.0), **fields)


class Machine:
    """So many times slower than the table's machine, and each kind of cell by up to 1.5 more or less than that.

    Its computations follow each other on one clock; what they compute is stored.
    """

    def __init__(self, seed, slower, heard=True):
        self.draw, self.slower, self.heard = random.Random(seed), slower, heard
        self.jobs = self.draw.randint(1, 4)
        self.now, self.pace, self.store = self.draw.uniform(0, 1e6), Pace(), Store(MEMORY)
        self.kinds = {}

    def some(self):
        every = list(experiments().values())
        return self.draw.choice([every, self.draw.sample(every, self.draw.randint(2, 8))])

    def compute(self, chosen, seeds):
        """Times since the start with the seconds left as they are told then, and as they were."""
        cells = [c for e in chosen for c in cells_of(e, e.setting("fast"), e.arms, seeds, CPU)]
        cells = [cell for cell in cells if not self.store.has(cell.key)]
        costs = costs_of(cells, self.store)
        cells.sort(key=lambda cell: -costs.seconds(cell.label))
        runs = list(self._runs(cells, costs))
        began, self.now = self.now, max(run.ended for run in runs)
        work = Work(cells=cells, costs=costs, jobs=self.jobs, folder=None)
        yield from self._told(runs, Left(work, self.pace, began), began)
        self.store.put_rows(Row(run.cell.key, run.cell.label, run.seconds, "{}", b"") for run in runs)

    def _runs(self, cells, costs):
        free = [self.now] * self.jobs
        for cell in cells:
            if cell.label not in self.kinds:
                seconds = costs.table[cell.label] * self.slower * 1.5 ** self.draw.uniform(-1, 1)
                self.kinds[cell.label] = seconds, self.draw.choices(SHAPES, WEIGHTS)[0]
            run = Run(cell, min(free), *self.kinds[cell.label])
            free[free.index(run.began)] = run.ended
            yield run

    def _told(self, runs, left, began):
        whole, going = self.now - began, sorted(runs, key=lambda run: run.ended)
        for since in sorted({0.0, 60.0, *(share * whole for share in (0.2, 0.4, 0.6, 0.8))}):
            if since > 0.8 * whole + 1e-6:
                break
            while going[0].ended <= began + since:
                left.done(going[0].cell, going.pop(0).seconds)
            beats = [run.beat(began + since) for run in going if run.began <= began + since]
            yield since, left.told(beats if self.heard else [], began + since)[1], whole - since
        for run in going:
            left.done(run.cell, run.seconds)


def missed(told):
    """Those that are off by more than a factor of two, from the first minute on."""
    return [(since, said, true) for since, said, true in told if since >= 60 and not 0.5 <= said / true <= 2]


@pytest.mark.parametrize("slower", [0.3, 1.0, 3.0])
def test_from_the_first_minute_on_the_time_left_is_known_within_a_factor_of_two(slower):
    """Alone or four at once, the whole tier or some experiments."""
    machines = [Machine(seed, slower) for seed in range(20)]
    assert {m.jobs for m in machines} == {1, 2, 3, 4}
    assert [found for m in machines if (found := missed(m.compute(m.some(), seeds_of(0, 12))))] == []


def test_a_cluster_which_tells_nothing_of_running_cells_is_known_nearly_as_well():
    """Nothing is known before the first cells end, so later than the first minute."""
    machines = [Machine(seed, 3.0, heard=False) for seed in range(30)]
    late = [told for m in machines for told in m.compute(m.some(), seeds_of(0, 12)) if told[0] >= 120]
    assert len(late) > 40
    assert missed(late) == []


def test_the_second_look_is_known_at_once_and_so_is_what_was_not_computed_before():
    for seed in range(20):
        machine = Machine(seed, 3.0)
        first = machine.some()
        list(machine.compute(first, seeds_of(0, 12)))
        others = [one for one in experiments().values() if one not in first][:4]
        for chosen, seeds in ((first[:3], seeds_of(0, 24)), (others or first[3:6], seeds_of(0, 48))):
            _, said, true = next(machine.compute(chosen, seeds))
            assert said == pytest.approx(true, rel=0.5), (seed, seeds)


def test_what_a_store_holds_of_other_cells_tells_how_fast_this_machine_is():
    for seed in range(10):
        machine = Machine(seed, 4.0)
        every = list(experiments().values())
        list(machine.compute(every[:15], seeds_of(0, 12)))
        machine.pace = Pace()  # a run of another day
        _, said, true = next(machine.compute(every[15:], seeds_of(0, 12)))
        assert said == pytest.approx(true, rel=0.4)


def test_what_this_run_has_stored_is_not_counted_as_known_before_and_as_slow_as_the_machine():
    pace, label = Pace(), "a"
    pace.expect(Costs(known={}, table={"a": 10.0, "b": 20.0}))
    pace.done(label, 1000.0)
    pace.expect(Costs(known={"a": 1000.0}, table={"b": 20.0, "c": 5.0}, scale=100.0))
    pace.done(label, 1000.0)
    factor = pace.factor([])
    assert factor == pytest.approx(100.0, rel=0.1)
    assert [pace.seconds(one, factor) for one in "abc"] == pytest.approx([1000.0, 2000.0, 500.0], rel=0.1)


def test_cells_that_are_stored_count_more_than_the_table_and_go_as_this_run_goes():
    pace = Pace()
    pace.expect(Costs(known={"a": 100.0, "b": 200.0}, table={"a": 1.0, "b": 1.0}))
    pace.done("a", 300.0)
    assert pace.seconds("b", pace.factor([])) == pytest.approx(600.0, rel=0.05)


_EXPERIMENT = find_experiment("deep_vs_shallow")
DEEP = cells_of(_EXPERIMENT, _EXPERIMENT.setting("fast"), ["deep"], [0], CPU)[0]


def test_a_training_is_believed_when_it_promises_what_is_expected_or_more():
    running = Running(DEEP, 10.0, promised=30.0)
    assert [running.whole(expected) for expected in (0.0, 5.0, 30.0, 44.0)] == [30.0] * 4
    assert running.whole(46.0) == 46.0  # it will train again, or measure
    assert Running(DEEP, 100.0, promised=30.0).whole(50.0) == pytest.approx(110.0)  # late, and not about to end


def test_running_cells_show_how_fast_the_machine_is_before_one_has_ended():
    pace = Pace()
    pace.expect(Costs(known={}, table={DEEP.label: 10.0}))
    assert pace.factor([Running(DEEP, 30.0, promised=60.0)]) == pytest.approx(6.0, rel=0.2)
    assert pace.factor([Running(DEEP, 60.0)]) > 5.0  # it promises nothing, but it has run for so long
    assert pace.factor([Running(DEEP, 3.0)]) == pytest.approx(1.0, rel=0.1)


def test_cells_share_the_processes_and_none_ends_before_the_longest():
    assert ends([3.0, 1.0], [4.0, 2.0], 2) == 5.0  # 1 + 4 and 3 + 2
    assert ends([], [9.0, 1.0, 1.0], 4) == 9.0
    assert ends([2.0], [3.0], 1) == 5.0
    assert ends([2.0, 3.0, 4.0], [], 2) == 4.0  # one of a worker that died
    assert ends([], [], 3) == 0.0


def left_of(cells, jobs=1, **known):
    """What is left of these cells, of which nothing but this is known."""
    least = known.pop("least", frozenset())
    return Left(Work(cells=cells, costs=Costs(**{"known": {}, **known}), jobs=jobs, folder=None, least=least), Pace())


def test_arms_of_which_nothing_is_known_are_guessed_by_others_of_their_experiment_and_told_roughly():
    experiment = find_experiment("activations")
    cells = cells_of(experiment, experiment.setting("fast"), experiment.arms, [0], CPU)
    left = left_of([*cells[:3], DEEP], known={cells[0].label: 50.0, DEEP.label: 7.0})
    assert left.told([], 0.0) == ("roughly", 157.0)
    left.done(cells[1], 50.0)
    assert left.told([], 50.0) == ("about", 107.0)


def test_where_nothing_is_known_nothing_is_told_until_a_cell_has_ended():
    experiment = find_experiment("activations")
    cells = cells_of(experiment, experiment.setting("fast"), experiment.arms, [0], CPU)
    left = left_of(cells[:3])
    assert left.told([], 30.0) is None
    left.done(cells[0], 40.0)
    assert left.told([], 40.0) == ("roughly", 80.0)


def test_what_a_beginning_tells_is_the_least_until_such_a_cell_has_ended():
    later = replace(DEEP, seeds=(12,))
    left = left_of([DEEP, later], known={DEEP.label: 100.0}, least=frozenset({DEEP.label}))
    assert left.told([], 0.0) == ("over", 200.0)
    left.done(DEEP, 150.0)
    assert left.told([], 150.0) == ("about", 150.0)


def test_a_cluster_tells_nothing_so_what_no_ended_cell_took_is_what_the_next_ones_have_run():
    cells = [replace(DEEP, seeds=(seed,)) for seed in range(5)]
    left = left_of(cells, jobs=2, known={DEEP.label: 100.0})
    assert left.told([], 40.0) == ("about", pytest.approx(260.0))
    left.done(cells[0], 100.0)
    left.done(cells[1], 110.0)
    assert left.told([], 150.0) == ("about", pytest.approx(105.0 - 45.0 + 105.0))  # each has run for (300 - 210) / 2


def test_a_cell_that_failed_is_expected_no_more_and_not_counted_as_done():
    left = left_of([DEEP, replace(DEEP, seeds=(12,))], known={DEEP.label: 10.0})
    left.dropped(DEEP)
    assert left.told([], 0.0) == ("about", 10.0)
    assert left.counted == 0
