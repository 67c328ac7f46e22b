"""What recording the weights of eight runs costs: the training of `eight_runs`, recorded at 0, 21 and 201 points."""

from functools import partial

import pytest

from hw1.data.problems import problem
from hw1.nets.dense import dense, initialised
from hw1.streams import stream
from hw1.training import Recipe, orders, stack, train

RUNS, UPDATES = 8, 200
draw = partial(stream, "recording", 1)


@pytest.mark.parametrize("points", [0, 21, 201])
def test_recording(benchmark, points):
    data = problem("digits", train=1_000, test=10, rngs=[draw("data")])
    nets = initialised(lambda: dense((32, 32), inputs=64, outputs=10), [draw("init", k) for k in range(RUNS)])
    recipe = Recipe(optimizer="adam", lr=1e-3, updates=UPDATES, batch=50)
    every = UPDATES // max(points - 1, 1)

    def training():
        return train(
            stack(nets),
            data.x_train[0],
            data.y_train[0],
            recipe,
            loss="cross_entropy",
            orders=orders([draw("order", k) for k in range(RUNS)], 1_000, 50),
            record={"weights": lambda s: s.flat} if points else None,
            at=range(0, UPDATES + 1, every) if points else (),
        )

    trained = benchmark.pedantic(training, rounds=7, iterations=1, warmup_rounds=1)
    if points:
        assert trained.curves["weights"].shape[:2] == (RUNS, points)
        benchmark.extra_info["megabytes"] = trained.curves["weights"].nbytes / 1e6
