import numpy as np
import pytest
import torch
from torch import nn

from hw1.nets.dense import dense, initialise
from hw1.streams import stream
from hw1.training import Examples, Recipe, classify, orders


@pytest.fixture
def data():
    rng = stream("test", 0, 0, "data")
    x = rng.standard_normal((3, 40, 5)).astype(np.float32)
    return Examples(x=x, y=rng.integers(4, size=(3, 40))), Examples(
        x=x[:, ::-1].copy(), y=rng.integers(4, size=(3, 40))
    )


def nets():
    made = [dense((8,), inputs=5, outputs=4) for _ in range(3)]
    for k, net in enumerate(made):
        initialise(net, stream("test", 0, k, "init"))
    return made


RECIPE = Recipe(optimizer="adam", lr=1e-2, updates=20, batch=10)


def trained(data, sets):
    rngs = [stream("test", 0, k, "order") for k in range(3)]
    return classify(nets(), data, RECIPE, sets=sets, orders=orders(rngs, 40, 10), at=(0, 10, 20), device="cpu")


def test_curves_are_loss_and_accuracy_of_each_net_on_each_set(data):
    """The last record equals what the unstacked nets give by torch's own cross-entropy."""
    examples, test = data
    stack, seen = trained(examples, {"train": examples, "test": test})
    assert list(seen.curves) == ["train_loss", "train_accuracy", "test_loss", "test_accuracy"]
    for k in range(3):
        for name, s in (("train", examples), ("test", test)):
            outputs = stack.unstack(k)(torch.from_numpy(s.x[k]))
            labels = torch.from_numpy(s.y[k])
            loss = nn.functional.cross_entropy(outputs, labels).item()
            assert seen.curves[f"{name}_loss"][k, -1] == pytest.approx(loss, rel=1e-5)  # float32 sums of 40 terms
            assert seen.curves[f"{name}_accuracy"][k, -1] == pytest.approx(
                (outputs.argmax(1) == labels).double().mean().item()
            )


def test_measuring_on_other_labels_does_not_change_the_training(data):
    examples, _ = data
    other = Examples(x=examples.x, y=(examples.y + 1) % 4)
    alone, both = trained(examples, {"train": examples})[1], trained(examples, {"train": examples, "other": other})[1]
    np.testing.assert_array_equal(alone.curves["train_loss"], both.curves["train_loss"])
    assert (both.curves["other_loss"][:, -1] > both.curves["train_loss"][:, -1]).all()


def test_further_records_and_measuring_in_parts(data):
    """The weights of every step beside the curves, which do not depend on how many examples go in at once."""
    examples, test = data
    rngs = [stream("test", 0, k, "order") for k in range(3)]
    stack, seen = classify(
        nets(), examples, RECIPE, sets={"test": test}, orders=orders(rngs, 40, 10), at=(0, 20), device="cpu",
        at_once=7, record={"weights": lambda s: s.flat},
    )  # fmt: skip
    whole = trained(examples, {"test": test})[1]
    assert list(seen.curves) == ["test_loss", "test_accuracy", "weights"]
    np.testing.assert_allclose(seen.curves["test_loss"][:, -1], whole.curves["test_loss"][:, -1], rtol=1e-5)
    assert seen.curves["weights"].shape == (3, 2, stack.P)
    np.testing.assert_array_equal(seen.curves["weights"][:, 1], stack.weights().numpy())
