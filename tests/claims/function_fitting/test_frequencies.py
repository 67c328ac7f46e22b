import numpy as np
import pandas as pd

from hw1.claims.function_fitting.frequencies import frequencies_shuffled, low_frequencies_are_learned_first
from hw1.plugin import judges
from hw1.tables import Tables

STEPS = (0, 10, 100, 1000)


def residuals(seeds):
    """Ten frequencies, each left whole up to a step of its own, the same for all seeds."""
    fitted = {f"r{k}": [1.0] + [1.0 if step < 10 ** (k / 4) else k / 1000 for step in STEPS[1:]] for k in range(1, 11)}
    return pd.concat([pd.DataFrame({"seed": seed, "arm": "relu", "step": STEPS, **fitted}) for seed in seeds])


@judges(low_frequencies_are_learned_first)
def test_low_frequencies_are_learned_first(verdict):
    """Frequency and what is left of it, on average over log time, rise together within a seed."""
    assert verdict.as_registered, str(verdict)


def test_what_is_left_before_training_does_not_count():
    rows = residuals((0, 1))
    score = low_frequencies_are_learned_first.scored(Tables({"residuals": rows}), None)
    assert score.values.tolist() == [0.6, 0.6]
    started = rows.assign(**{f"r{k}": rows[f"r{k}"].where(rows["step"] > 0, -99.0 * k) for k in range(1, 11)})
    assert low_frequencies_are_learned_first.scored(Tables({"residuals": started}), None).values.tolist() == [0.6, 0.6]


def test_the_control_deals_each_seeds_residuals_to_its_frequencies():
    rows = residuals((0, 1)).reset_index(drop=True)
    dealt = frequencies_shuffled.twin(Tables({"residuals": rows}))["residuals"]
    names, orders = [f"r{k}" for k in range(1, 11)], []
    for seed in (0, 1):
        before, after = (frame.loc[frame["seed"] == seed, names].to_numpy().T.tolist() for frame in (rows, dealt))
        assert sorted(before) == sorted(after)
        assert before != after
        orders.append([before.index(one) for one in after])
    assert orders[0] != orders[1]
    np.testing.assert_array_equal(dealt["step"], rows["step"])
