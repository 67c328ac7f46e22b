import numpy as np
import pandas as pd
import pytest

from hw1.claims.phenomena.scaling import (
    ARMS,
    FAST,
    LEVELS,
    _size,
    a_better_model_only_shifts_the_line,
    exponents,
    run,
    the_exponent_belongs_to_the_task,
    the_test_loss_falls_as_a_power_of_the_number_of_examples,
    without_early_stopping_the_exponent_is_larger,
)
from hw1.plugin import judges
from hw1.streams import stream


@judges(the_test_loss_falls_as_a_power_of_the_number_of_examples)
def test_the_test_loss_falls_as_a_power_of_the_number_of_examples(verdict):
    """The exponent is that of the pilot, and not that of a linear model."""
    assert verdict.as_registered, str(verdict)


@judges(the_exponent_belongs_to_the_task)
def test_the_exponent_belongs_to_the_task(verdict):
    """Digits are learned from examples faster than MNIST-1D."""
    assert verdict.as_registered, str(verdict)


@judges(a_better_model_only_shifts_the_line)
def test_a_better_model_only_shifts_the_line(verdict):
    """A net gains more from examples than a linear model."""
    assert verdict.as_registered, str(verdict)


@judges(without_early_stopping_the_exponent_is_larger)
def test_without_early_stopping_the_exponent_is_larger(verdict):
    """An exponent belongs to a way of stopping, too."""
    assert verdict.as_registered, str(verdict)


def test_an_exponent_is_that_of_a_power_and_of_numpys_fit():
    rng, rows = stream("scaling", "noise"), []
    for seed in range(3):
        for level, n in zip(LEVELS, (100, 250, 700, 1_600), strict=True):
            rows.append({"seed": seed, "arm": f"hard_{level}", "examples": n, "loss": 7 * n ** -(0.1 + 0.2 * seed)})
            rows.append({"seed": seed, "arm": f"easy_{level}", "examples": n, "loss": rng.uniform(1, 2)})
    runs = pd.DataFrame(rows).sample(frac=1, random_state=0)
    found = exponents(runs, "loss", ["hard", "easy"]).pivot(index="seed", columns="arm", values="exponent")
    np.testing.assert_allclose(found["hard"], [0.1, 0.3, 0.5], rtol=1e-12)
    for seed in range(3):
        own = runs[(runs["seed"] == seed) & runs["arm"].str.startswith("easy")]
        slope = np.polyfit(np.log(own["examples"]), np.log(own["loss"]), 1)[0]
        assert found["easy"][seed] == pytest.approx(-slope, rel=1e-9)


def test_sizes_are_in_one_ratio_up_to_all():
    assert [_size(FAST, level) for level in LEVELS] == [102, 256, 640, 1_600]
    with pytest.raises(ValueError, match="ratio=1 makes no size smaller"):
        _size(pd.Series({"ratio": 1.0, "train": 10}), "small")


def test_the_lowest_loss_is_that_of_the_curve():
    tables = run(FAST, arm=ARMS[0], seeds=range(2), device="cpu")
    curves, runs = tables["curves"], tables["runs"].set_index("seed")
    pd.testing.assert_series_equal(curves.groupby("seed")["test_loss"].min(), runs["lowest"], check_names=False)
    assert (runs["lowest"] < runs["test_loss"] / 1.5).all(), "102 examples of MNIST-1D are overfitted"
    assert (runs["examples"] == 102).all()
