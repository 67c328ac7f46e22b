"""Computes the cells of 24 seeds of an experiment; says when it begins, when a cell is stored and when it ends.

python program.py PACKAGE EXPERIMENT STORE JOBS [FIELD=VALUE...]
"""

import sys

from hw1.judging.settings import changed
from hw1.machine.devices import CPU
from hw1.registry import find_experiment
from hw1.running.cells import cells_of
from hw1.running.computing import compute
from hw1.running.progress import Silent
from hw1.running.store import Store


class Saying(Silent):
    def start(self, work):  # noqa: ARG002 - a watcher
        print("begins", flush=True)

    def done(self, cell, seconds):  # noqa: ARG002 - a watcher
        print("stored", flush=True)


def main(package, name, store, jobs, *changes):
    experiment = find_experiment(name, package=package)
    cells = cells_of(experiment, changed(experiment.setting("fast"), changes), experiment.arms, range(24), CPU)
    compute(cells, Store(store), jobs=int(jobs), watcher=Saying())
    print("ends")


if __name__ == "__main__":  # its own processes load this file, too
    main(*sys.argv[1:])
