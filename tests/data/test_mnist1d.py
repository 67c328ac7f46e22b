"""MNIST-1D, against the package of its authors: `mnist1d`, which draws from numpy's global generator, one by one."""

import mnist1d as package
import numpy as np
import pytest
from mnist1d.transform import transform
from scipy import stats

from hw1.data import mnist1d
from hw1.data.mnist1d import TEMPLATES, Draws, signals
from hw1.streams import stream


@pytest.fixture
def global_state():
    """The package cannot help using numpy's global generator; leave it as it was."""
    state = np.random.get_state()  # noqa: NPY002
    yield
    np.random.set_state(state)  # noqa: NPY002


@pytest.fixture(scope="module")
def split():
    return mnist1d(stream("mnist1d", 1), train=4000, test=1000)


def test_the_templates_are_those_of_the_package():
    np.testing.assert_allclose(package.get_templates()["x"], TEMPLATES, atol=1e-15)  # one rounding of numbers up to 1


def test_the_same_draws_make_the_same_signals_as_in_the_package(global_state):
    """Every padding, every shift and every digit occurs among these 500; 1e-13 is a few roundings of numbers near 1."""
    templates, arguments = package.get_templates(), package.get_dataset_args()
    labels = np.arange(500) % 10
    theirs = []
    for seed, label in enumerate(labels):
        np.random.seed(seed)  # noqa: NPY002
        theirs.append(transform(templates["x"][label], templates["t"], arguments)[0])
    draws = [_as_the_package_draws(seed) for seed in range(500)]
    assert {int(d["padding"]) for d in draws} == set(range(36, 61))
    assert {int(d["shift"]) for d in draws} == set(range(48))
    ours = signals(labels, Draws(**{name: np.stack([d[name] for d in draws]) for name in draws[0]}))
    np.testing.assert_allclose(ours, theirs, atol=1e-13)


def _as_the_package_draws(seed):
    rng = np.random.RandomState(seed)  # the global generator after np.random.seed
    order = {
        "padding": lambda: 36 + int(rng.rand() * 25),
        "scale": rng.rand,
        "shift": lambda: rng.choice(48),
        "correlated": lambda: rng.randn(72),
        "independent": lambda: rng.randn(72),
        "shear": rng.rand,
    }
    return {name: draw() for name, draw in order.items()}


def test_the_numbers_are_distributed_as_in_the_package(split, global_state):
    """Two samples of 5,000 each, Kolmogorov-Smirnov at every one of the 40 places: all p above 1e-4 / 40.

    A coarse look at the whole; the test above fixes every transformation, the one below every draw.
    """
    theirs = package.data.make_dataset()
    both = np.concatenate([theirs["x"], theirs["x_test"]]), np.concatenate([split.x_train, split.x_test])
    values = [stats.ks_2samp(both[0][:, i], both[1][:, i]).pvalue for i in range(40)]
    assert min(values) > 1e-4 / 40


def test_what_is_random_is_drawn_from_the_whole_of_its_range():
    """Chi-square of the integers and Kolmogorov-Smirnov of the rest, of 20,000 draws: each p above 1e-4."""
    draws = Draws.of(stream("mnist1d", "draws"), 20_000)
    assert stats.chisquare(np.bincount(draws.padding, minlength=61)[36:]).pvalue > 1e-4
    assert (draws.padding.min(), draws.padding.max()) == (36, 60)
    assert stats.chisquare(np.bincount(draws.shift, minlength=48)).pvalue > 1e-4
    for uniform in (draws.scale, draws.shear):
        assert stats.kstest(uniform, "uniform").pvalue > 1e-4
    for normal in (draws.correlated, draws.independent):
        assert normal.shape == (20_000, 72)
        assert stats.kstest(normal[:, 5], "norm").pvalue > 1e-4


def test_shapes_types_and_scale_are_as_promised(split):
    assert (split.x_train.shape, split.x_test.shape, split.classes) == ((4000, 40), (1000, 40), 10)
    assert (split.x_train.dtype, split.y_train.dtype) == (np.float32, np.int64)
    assert split.x_train.mean() == pytest.approx(0, abs=1e-6)
    assert split.x_train.std() == pytest.approx(1, abs=1e-6)


def test_the_test_part_does_not_set_the_scale():
    """A larger test part changes every number drawn, but the training part is still standardised by itself."""
    few = mnist1d(stream("mnist1d", 2), train=50, test=5000)
    assert few.x_train.std() == pytest.approx(1, abs=1e-6)
    assert few.x_test.std() != pytest.approx(1, abs=1e-6)


def test_the_classes_are_equal_and_mixed(split):
    assert np.bincount(np.concatenate([split.y_train, split.y_test])).tolist() == [500] * 10
    assert np.bincount(split.y_test).min() > 50  # of 100 expected


def test_the_same_stream_gives_the_same_examples_and_another_gives_others(split):
    again, other = (mnist1d(stream("mnist1d", seed), train=4000, test=1000) for seed in (1, 2))
    assert np.array_equal(split.x_train, again.x_train)
    assert not np.array_equal(split.x_train, other.x_train)


def test_the_global_generator_is_left_alone(global_state):
    np.random.seed(5)  # noqa: NPY002
    mnist1d(stream("mnist1d", 1), train=10, test=10)
    assert np.random.rand() == np.random.RandomState(5).rand()  # noqa: NPY002


@pytest.mark.parametrize(("train", "test"), [(0, 5), (5, 0)])
def test_an_empty_part_is_refused(train, test):
    with pytest.raises(ValueError, match=f"{train} training and {test} test examples do not make a split"):
        mnist1d(stream("mnist1d", 1), train=train, test=test)
