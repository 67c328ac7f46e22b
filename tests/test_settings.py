"""What settings share: the recipe and the measurements that follow from their numbers."""

import json
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import pytest

from hw1.judging.settings import changed
from hw1.settings import InEpochs, InUpdates
from hw1.streams import stream
from hw1.training import Recipe

EPOCHS = InEpochs(data="digits", train=105, test=40, batch=20, epochs=5, lr=0.1, momentum=0.9, stack=2)


def draw(seed, purpose):
    return stream("settings", 1, seed, purpose)


def test_a_budget_in_epochs_leaves_out_what_does_not_fill_a_batch():
    assert (EPOCHS.per_epoch, EPOCHS.all_updates) == (5, 25)
    assert EPOCHS.recipe() == Recipe(optimizer="sgd", lr=0.1, momentum=0.9, updates=25, batch=20)
    assert EPOCHS.each(2) == [0, 10, 20, 25]
    assert EPOCHS.each(5) == [0, 25]


def test_an_arm_changes_fields_of_the_recipe():
    setting = InUpdates(data="digits", train=100, test=40, batch=None, updates=30, optimizer="adam", lr=0.1, stack=2)
    assert setting.recipe() == Recipe(optimizer="adam", lr=0.1, updates=30)
    assert setting.recipe(lr=0.2, weight_decay=0.1) == Recipe(optimizer="adam", lr=0.2, updates=30, weight_decay=0.1)


def test_what_the_recipe_cannot_use_is_refused_by_name():
    with pytest.raises(ValueError, match=r"optimizer='adam' would ignore momentum=0\.9"):
        replace(EPOCHS, optimizer="adam").recipe()


def test_each_seed_draws_its_problem_from_its_own_stream():
    both, second = EPOCHS.problem((3, 4), draw), EPOCHS.problem((4,), draw)
    assert both.x_train.shape == (2, 105, 64)
    assert np.array_equal(both.x_train[1], second.x_train[0])
    assert not np.array_equal(both.x_train[0], both.x_train[1])


@dataclass(frozen=True, kw_only=True)
class Own:
    """A setting of somebody's package."""

    lr: float = 0.1
    low: float = -1.0
    noise: float = 0.0
    batch: int | None = None
    train: int = 40
    easy_batch: int = 5
    easy_train: int = 10
    widths: tuple[int, ...] = (64, 64)
    batches: tuple[int, ...] = (8, 40)
    on: tuple[str, float] = ("sine", -1.0)
    name: str = "sine"
    flip: bool = False
    idle: int = 0
    hidden: int = field(default=2, metadata={"least": 0})
    stack: int = 12


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"lr": 1}, {"lr": 1.0}),
        ({"lr": np.float32(0.5), "train": np.int64(50)}, {"lr": 0.5, "train": 50}),
        ({"widths": [8, 4], "batches": []}, {"widths": (8, 4), "batches": ()}),
        ({"batch": 5}, {"batch": 5}),
        (["batch=None", "lr=1", "widths=64,", "name=x y", "flip=True"], {"widths": (64,), "name": "x y", "flip": True}),
        ([" low = -2", "idle=0", "hidden=0", "on='cosine', -2.0"], {"low": -2.0, "hidden": 0, "on": ("cosine", -2.0)}),
        ("lr=0.5", {"lr": 0.5}),
        ((), {}),
    ],
    ids=range(8),
)
def test_values_take_the_type_of_their_field(given, fields):
    new = changed(Own(), given)
    assert {name: getattr(new, name) for name in fields} == fields
    assert {name: type(getattr(new, name)) for name in fields} == {name: type(value) for name, value in fields.items()}
    json.dumps(asdict(new))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["lr"], "--set 'lr' has no '=': write field=value"),
        (["lr=1", "lr=2"], "--set lr is given twice"),
        (["trian=1"], r"no field 'trian' in this setting \(did you mean train\?\): there are lr, low"),
        ({"trian": 1}, r"no field 'trian' in this setting \(did you mean train\?\)"),
        (
            ["widths=64"],
            r"widths=64: widths is a tuple of whole numbers \(now \(64, 64\)\), this is not\. Write widths=64,",
        ),
        (["widths=a"], r"widths='a': widths is a tuple of whole numbers \(now \(64, 64\)\), this is not$"),
        (["widths=1.5,"], r"widths=\(1\.5,\): widths is a tuple of whole numbers"),
        (["lr=fast"], r"lr='fast': lr is a number \(now 0\.1\), this is not"),
        ({"lr": "fast"}, r"lr='fast': lr is a number \(now 0\.1\), this is not"),
        ({"lr": None}, r"lr=None: lr is a number"),
        ({"lr": True}, r"lr=True: lr is a number"),
        ({"train": 1.5}, r"train=1\.5: train is a whole number"),
        ({"train": True}, r"train=True: train is a whole number"),
        ({"batch": "all"}, r"batch='all': batch is a whole number or None"),
        ({"name": 3}, r"name=3: name is text"),
        (["flip=1"], r"flip=1: flip is True or False"),
        ({"on": ("sine",)}, r"on=\('sine',\): on is a tuple"),
        (["lr=nan"], r"lr=nan: give a finite number; it is registered as 0\.1"),
        (["lr=inf"], r"lr=inf: give a finite number"),
        ({"lr": float("-inf")}, r"lr=-inf: give a finite number"),
        ({"lr": -1.0}, r"lr=-1\.0: give 0 or more"),
        ({"noise": -0.1}, r"noise=-0\.1: give 0 or more"),
        ({"stack": 0}, r"stack=0: give 1 or more; it is registered as 12"),
        ({"stack": -1}, r"stack=-1: give 1 or more"),
        ({"batch": 0}, r"batch=0: give 1 or more; it is registered as None"),
        ({"idle": -1}, r"idle=-1: give 0 or more"),
        ({"hidden": -1}, r"hidden=-1: give 0 or more"),
        ({"widths": (8, 0)}, r"widths=\(8, 0\): give 1 or more"),
        ({"batch": 50}, r"batch=50 is more than train=40: no batch of 50 can be drawn from 40 training examples"),
        ({"easy_train": 4}, r"easy_batch=5 is more than easy_train=4"),
        ({"train": 20}, r"batches=\(8, 40\) is more than train=20: no batch of 40 can be drawn from 20"),
    ],
    ids=range(31),
)
def test_what_cannot_work_is_refused_by_the_name_that_was_set(given, message):
    with pytest.raises(ValueError, match=message) as told:
        changed(Own(), given)
    assert "\n" not in str(told.value)
