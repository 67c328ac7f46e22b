"""Times that are made by hand say where they are lower bounds."""

import numpy as np
import pandas as pd

from hw1.claims.function_fitting import deep_vs_shallow
from hw1.tables import Tables


def test_a_layer_that_never_gets_there_may_lose_to_a_late_stack_but_is_not_seen_to_win():
    """Two seeds: three layers are there after 100 or 2,900 updates of 3,000, or never, one layer never."""
    errors = {"deep": {100: 0, 2900: 1}, "shallow": {}}
    rows = [
        (seed, arm, step, 0.2 if errors[arm].get(step, 9) <= seed else 0.5)
        for seed in (0, 1)
        for arm in errors
        for step in (0, 100, 2900, 3000)
    ]
    rows = [row for row in rows if not (row[0] == 1 and row[2] == 100)]
    curves = pd.DataFrame(rows, columns=["seed", "arm", "step", "mse"])
    tables, setting = Tables({"curves": curves}), deep_vs_shallow.FAST
    times = deep_vs_shallow._times(tables, setting)
    assert times["updates_to_half"].tolist() == [100, 3001, 2900, 3001]
    assert times["updates_to_half_censored"].tolist() == [False, True, False, True]
    score = deep_vs_shallow.deeper_nets_need_fewer_updates.scored(tables, setting)
    assert np.sign(score.values).tolist() == [1, 0]
    nobody = Tables({"curves": curves.assign(mse=0.5)})
    assert deep_vs_shallow.deeper_nets_need_fewer_updates.scored(nobody, setting).values.tolist() == [0, 0]
