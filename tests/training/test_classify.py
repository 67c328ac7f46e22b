import doctest
import importlib

import numpy as np
import pytest
import torch
from torch import nn

from hw1.data import Problem
from hw1.nets.convolutional import Cnn, convolutional
from hw1.nets.dense import dense, initialised
from hw1.streams import stream
from hw1.training import Recipe, classify, fixed_orders, orders, soft_labels, stack, train

SEEDS = (0, 1, 2)
RECIPE = Recipe(optimizer="adam", lr=1e-2, updates=20, batch=10)


def draw(seed, purpose):
    return stream("test", 0, seed, purpose)


@pytest.fixture
def data():
    rng = stream("test", 0, 0, "data")
    x = rng.standard_normal((3, 40, 5)).astype(np.float32)
    y_train, y_test = rng.integers(4, size=(2, 3, 40))
    return Problem(x_train=x, y_train=y_train, x_test=x[:, ::-1].copy(), y_test=y_test)


def nets():
    return initialised(lambda: dense((8,), inputs=5, outputs=4), [draw(seed, "init") for seed in SEEDS])


def trained(data, **options):
    options = {"at": (0, 10, 20), **options}
    return classify(nets(), data, RECIPE, seeds=SEEDS, draw=draw, device="cpu", **options)


def test_curves_are_loss_and_accuracy_of_each_net_on_each_set(data):
    """The last record equals what the unstacked nets give by torch's own cross-entropy."""
    found = trained(data)
    assert list(found.curves) == ["train_loss", "train_accuracy", "test_loss", "test_accuracy"]
    assert found.steps.tolist() == [0, 10, 20]
    for k in range(3):
        for name, x, y in (("train", data.x_train, data.y_train), ("test", data.x_test, data.y_test)):
            outputs, labels = found.stack.unstack(k)(torch.from_numpy(x[k])), torch.from_numpy(y[k])
            loss = nn.functional.cross_entropy(outputs, labels).item()
            assert found.curves[f"{name}_loss"][k, -1] == pytest.approx(loss, rel=1e-5)  # float32 sums of 40 terms
            assert found.curves[f"{name}_accuracy"][k, -1] == pytest.approx(
                (outputs.argmax(1) == labels).double().mean().item()
            )


def test_further_examples_are_measured_and_change_nothing(data):
    """Oracle: the test set, measured under another name."""
    found, plain = trained(data, further={"held": (data.x_test, data.y_test)}), trained(data)
    for what in ("loss", "accuracy"):
        np.testing.assert_array_equal(found.curves[f"held_{what}"], found.curves[f"test_{what}"])
        np.testing.assert_array_equal(found.curves[f"test_{what}"], plain.curves[f"test_{what}"])


def test_an_order_of_ones_own_is_the_one_that_is_trained_in(data):
    order = np.stack([draw(seed, "order").permutation(40) for seed in SEEDS])
    own, plain = (trained(data, order=feed) for feed in (fixed_orders(order, 10), None))
    same = trained(data, order=orders([draw(seed, "order") for seed in SEEDS], 40, 10))
    np.testing.assert_array_equal(same.curves["train_loss"], plain.curves["train_loss"])
    assert (own.curves["train_loss"][:, -1] != plain.curves["train_loss"][:, -1]).all()


def test_nets_train_on_targets_and_are_measured_on_labels(data):
    """Oracle: a plain loop of torch's own over the weighted examples, for each net."""
    weights = stream("test", 0, 0, "weights").uniform(0, 2, size=(3, 40))
    recipe = Recipe(optimizer="sgd", lr=0.1, updates=5)
    rows = soft_labels(data.y_train, 4, weights=weights)
    found = classify(
        nets(), data, recipe, seeds=SEEDS, draw=draw, device="cpu", loss="soft_cross_entropy", targets=rows
    )
    for k, net in enumerate(nets()):
        x, y, w = (torch.from_numpy(part[k]) for part in (data.x_train, data.y_train, weights.astype(np.float32)))
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(5):
            optimizer.zero_grad()
            (nn.functional.cross_entropy(net(x), y, reduction="none") * w).mean().backward()
            optimizer.step()
        torch.testing.assert_close(found.stack.unstack(k)(x), net(x), rtol=1e-4, atol=1e-5)  # float32 sums
        loss = nn.functional.cross_entropy(net(x), y).item()
        assert found.last["train_loss"][k] == pytest.approx(loss, rel=1e-4)


def test_minibatches_and_dropout_come_from_the_streams_of_each_seed(data):
    """Oracle: `train` with these orders and masks given by hand."""
    cnn = Cnn(inputs=(1, 1, 5), outputs=4, filters=(), widths=(8,), dropout=0.5)

    def start():
        return initialised(lambda: convolutional(cnn), [draw(seed, "init") for seed in SEEDS])

    order, masks = ([draw(seed, purpose) for seed in SEEDS] for purpose in ("order", "dropout"))
    replicas = stack(start(), "cpu", masks)
    train(
        replicas, replicas.place(data.x_train), data.y_train, RECIPE, loss="cross_entropy", per_replica=True,
        orders=orders(order, 40, 10), record={}, at=(),
    )  # fmt: skip
    found = classify(start(), data, RECIPE, seeds=SEEDS, draw=draw, device="cpu")
    np.testing.assert_array_equal(found.stack.weights().numpy(), replicas.weights().numpy())


def test_without_steps_only_the_end_is_measured(data):
    found, whole = trained(data, at=()), trained(data)
    assert found.steps.tolist() == [20]
    for name, values in whole.curves.items():
        np.testing.assert_array_equal(found.curves[name], values[:, -1:])


def test_measuring_on_other_labels_does_not_change_the_training(data):
    other = (data.y_train + 1) % 4
    alone, both = trained(data, sets=("train",)), trained(data, sets=("train",), also={"other": other})
    assert list(both.curves) == ["train_loss", "train_accuracy", "other_loss", "other_accuracy"]
    np.testing.assert_array_equal(alone.curves["train_loss"], both.curves["train_loss"])
    assert (both.curves["other_loss"][:, -1] > both.curves["train_loss"][:, -1]).all()


def test_labels_that_are_shown_are_trained_on_and_measured_in_the_place_of_the_datas_own(data):
    """As if they were the data's own; the training inputs' own labels may be measured beside them."""
    shown = (data.y_train + 1) % 4
    found = trained(data, shown=shown, also={"own": data.y_train})
    theirs = Problem(x_train=data.x_train, y_train=shown, x_test=data.x_test, y_test=data.y_test)
    for name, values in trained(theirs, also={"own": data.y_train}).curves.items():
        np.testing.assert_array_equal(found.curves[name], values)
    assert (found.last["own_loss"] > found.last["train_loss"]).all()


def test_further_records_and_measuring_in_parts(data):
    """The weights of every step beside the curves, which do not depend on how many examples go in at once."""
    found = trained(data, sets=("test",), at=(0, 20), at_once=7, record={"weights": lambda s: s.flat})
    whole = trained(data, sets=("test",))
    assert list(found.curves) == ["test_loss", "test_accuracy", "weights"]
    np.testing.assert_allclose(found.curves["test_loss"][:, -1], whole.curves["test_loss"][:, -1], rtol=1e-5)
    assert found.curves["weights"].shape == (3, 2, found.stack.P)
    np.testing.assert_array_equal(found.curves["weights"][:, 1], found.stack.weights().numpy())


def test_tables_have_the_last_values_by_seed_and_the_curves_by_step(data):
    found = trained(data)
    tables = found.tables("wide", per=5, best=found.best_accuracy, size=3)
    runs, curves = tables["runs"], tables["curves"]
    assert list(runs) == ["seed", "arm", *found.curves, "best", "size"]
    assert (runs["seed"].tolist(), set(runs["arm"]), set(runs["size"])) == ([0, 1, 2], {"wide"}, {3})
    assert curves["step"].tolist() == 3 * [0, 2, 4]
    assert curves["seed"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    for name, values in found.curves.items():
        np.testing.assert_array_equal(runs[name], values[:, -1])
        np.testing.assert_array_equal(curves[name], values.reshape(-1))
    np.testing.assert_array_equal(runs["best"], curves.groupby("seed")["test_accuracy"].max())


def test_the_example_of_the_docstring_runs_as_written():
    room = importlib.import_module("hw1.training.classify")  # the package has the function under this name
    (example,) = (one for one in doctest.DocTestFinder().find(classify, "classify", room) if one.examples)
    failed, attempted = doctest.DocTestRunner().run(example)
    assert (failed, attempted) == (0, len(example.examples))
    assert attempted > 5
