"""Ways to break the library, one at a time. Each is called in a process of its own, before anything else is imported.

The docstring is the fault's name on the page. `caught_by` names what must turn red: a file of tests, or a claim.
"""

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Fault:
    """One fault: how it is put in, and what must catch it at least."""

    name: str
    words: str
    place: str
    put_in: Callable[[], None]
    caught_by: tuple[str, ...]


FAULTS: dict[str, Fault] = {}


def exchange(old: object, new: object) -> None:
    """Put one object in the place of another under every name that it has in the modules of hw1."""
    rooms = [module for name, module in sys.modules.items() if name.split(".")[0] == "hw1"]
    for room in rooms:
        for name in [name for name, value in vars(room).items() if value is old]:
            setattr(room, name, new)


def fault(place: str, *caught_by: str):
    """Register a function that breaks something at a place of the library."""

    def register(put_in: Callable[[], None]) -> Callable[[], None]:
        words = " ".join(str(put_in.__doc__).split())
        FAULTS[put_in.__name__] = Fault(put_in.__name__, words, place, put_in, caught_by)
        return put_in

    return register


LEARNABLE = "weight_decay_that_prevents_memorising_leaves_true_labels_learnable"
EXPLODES = "squared_test_loss_explodes_where_features_equal_examples"
SOONER = "random_pixels_are_fitted_sooner_than_random_labels"


@fault("hw1/training/recipe.py", "tests/training/test_recipe.py", SOONER)
def learning_rate_ignored():
    """The learning rate of a recipe is ignored: all train at 0.001."""
    from hw1.training.recipe import Recipe

    Recipe.lr_at = lambda self, update: 1e-3


@fault("hw1/streams.py", "tests/test_streams.py", "tests/test_contracts.py")
def seeds_ignored():
    """Seeds are ignored: all replicas start from the same numbers and see the same data."""
    import hw1.streams

    encoded = hw1.streams._encoded
    hw1.streams._encoded = lambda part, key: encoded(part if isinstance(part, str) else 0, key)


@fault("hw1/statistics/pairing.py", "tests/statistics/test_scores.py", SOONER)
def arms_swapped():
    """Arms are swapped: the numbers of the first stand under the name of the last."""
    import hw1.statistics.pairing as room

    paired = room.paired

    def swapped(table, metric, arms):
        right = paired(table, metric, arms)
        return right[right.columns[::-1]].set_axis(right.columns, axis=1)

    exchange(paired, swapped)


@fault("hw1/data/problems.py", "tests/data/test_problems.py", LEARNABLE)
def labels_shuffled():
    """The loader shuffles the labels: each example has that of its neighbour."""
    import hw1.data.problems as room

    made = room.Problem

    def shuffled(*, y_train, y_test, **inputs):
        return made(y_train=np.roll(y_train, 1, axis=1), y_test=np.roll(y_test, 1, axis=1), **inputs)

    room.Problem = shuffled


@fault("hw1/data/problems.py", "tests/data/test_problems.py", EXPLODES)
def training_data_tested():
    """The loader gives training data for test data."""
    import hw1.data.problems as room

    made = room.Problem

    def leaking(*, x_train, y_train, x_test, y_test):
        n = min(x_train.shape[1], x_test.shape[1])
        return made(x_train=x_train, y_train=y_train, x_test=x_train[:, :n], y_test=y_train[:, :n])

    room.Problem = leaking


@fault("hw1/training/recipe.py", "tests/training/test_against_plain_torch.py", "large_weight_decay_prevents_memorising")
def weight_decay_ignored():
    """Weight decay is ignored."""
    from dataclasses import replace

    from hw1.training.recipe import Recipe

    build = Recipe.build
    Recipe.build = lambda self, flat: build(replace(self, weight_decay=0.0), flat)


@fault("hw1/training/stacks.py", "tests/training/test_dropout.py")
def dropout_left_on():
    """Dropout is left on in evaluation, with the masks of the first update."""
    from hw1.training.stacks import Stack

    keys = Stack._lent_keys
    Stack._lent_keys = lambda self, update: keys(self, update or 0)


@fault("hw1/training/losses.py", "tests/training/test_losses.py", LEARNABLE)
def gradient_not_averaged():
    """The loss, and so its gradient, is the sum over the examples and not their mean."""
    import hw1.training.losses as room

    squared, cross_entropy = room.squared, room.cross_entropy
    exchange(squared, lambda outputs, targets: squared(outputs, targets) * outputs[0].numel())
    exchange(cross_entropy, lambda outputs, labels, **k: cross_entropy(outputs, labels, **k) * outputs.shape[1])
    room.LOSSES |= {"squared": room.squared, "cross_entropy": room.cross_entropy}


@fault("hw1/running/cells.py", "tests/test_cells.py")
def another_setting_served():
    """The key of a result forgets the setting, so that the store serves what another setting gave."""
    import hw1.running.cells

    hw1.running.cells._plain = lambda setting: {}


@fault("hw1/training/recipe.py", "tests/training/test_isolation.py", "tests/training/test_against_plain_torch.py")
def neighbours_leak():
    """A thousandth of each replica's gradient leaks into the next one's."""
    from hw1.training.recipe import Recipe

    build = Recipe.build

    def leaking(self, flat):
        step = build(self, flat)
        return lambda gradient, lr: step(gradient + 1e-3 * gradient.roll(1, 0), lr)

    Recipe.build = leaking


@fault("hw1/training/orders.py", "tests/training/test_loop.py")
def orders_shared():
    """All replicas see their minibatches in the order of the first."""
    room = importlib.import_module("hw1.training.orders")  # `hw1.training.orders` is a function of that name
    indices = room._indices

    def shared(rngs, n, batch, device):
        for drawn in indices(rngs, n, batch, device):
            yield drawn[:1].expand(len(rngs), -1)

    room._indices = shared


@fault("hw1/measures/trajectories.py", "tests/measures/test_trajectories.py")
def no_centring():
    """Principal components are taken without subtracting the mean of the trajectory."""
    import hw1.measures.trajectories as room

    def uncentred(trajectory, components=2):
        _, sizes, directions = np.linalg.svd(trajectory, full_matrices=False)
        loadings = directions[:components]
        shares = sizes**2 / (sizes**2).sum()
        return room.Principal(shares=shares, coordinates=trajectory @ loadings.T, loadings=loadings)

    exchange(room.principal, uncentred)


@fault("hw1/measures/barriers.py", "tests/measures/test_barriers.py")
def barrier_without_ends():
    """The height of a barrier is measured from 0 and not from the mean of both ends."""
    import hw1.measures.barriers as room

    def from_zero(values, alphas):
        y, x = np.asarray(values, dtype=float), np.asarray(alphas, dtype=float)
        return y[..., (x >= 0) & (x <= 1)].max(-1)

    exchange(room.barrier, from_zero)


@fault("hw1/statistics/intervals.py", "tests/statistics/test_judge.py")
def ties_win():
    """A tie counts as a win."""
    import hw1.statistics.intervals as room

    tally = room.tally

    def generous(scores, look, p0):
        return tally(np.where(scores == 0, 1e-9, scores), look, p0)

    exchange(tally, generous)
