"""State of the process that changes numbers: whatever it is when a cell begins, the result is the same to the byte."""

import random
import warnings
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn.functional import conv2d, scaled_dot_product_attention

from hw1.machine.devices import CPU
from hw1.registry import experiments
from hw1.running.cells import cells_of
from hw1.running.pinned import globals_of_numpy, globals_of_torch, pinned
from hw1.running.workers import run_cell, task_of
from hw1.tables import Tables, pack

WRONG = {
    "random": random.Random(5).getstate(),
    "np.random": np.random.RandomState(5).get_state(),
    "np.errstate": dict.fromkeys(("divide", "over", "under", "invalid"), "raise"),
    "np.bufsize": 160,
    "pd.compute.use_bottleneck": True,
    "pd.compute.use_numexpr": True,
    "threads": 2,
    "default dtype": torch.float64,
    "flush denormal": True,
    "anomaly": True,
    "torch generator": 5,
    "deterministic algorithms": (True, False),
    "autocast cpu": True,
    "autocast cuda": True,
    "torch.backends.cudnn.enabled": False,
    "torch.backends.cudnn.benchmark": True,
    "torch.backends.cudnn.deterministic": False,
    "torch.backends.opt_einsum.enabled": True,
    "mkldnn": (False, True),
    "nnpack": (False,),
    "flash attention": False,
    "mem_efficient attention": False,
    "math attention": False,
    "cudnn attention": False,
    "matmul precision": "medium",
    "torch.backends.cudnn.allow_tf32": True,
    "cuBLASModule.allow_fp16_reduced_precision_reduction": True,
    "cuBLASModule.allow_bf16_reduced_precision_reduction": True,
    "cuda.matmul.fp32_precision": "tf32",
    "cudnn.conv.fp32_precision": "tf32",
    "cudnn.rnn.fp32_precision": "tf32",
    "mkldnn.matmul.fp32_precision": "bf16",
    "mkldnn.conv.fp32_precision": "bf16",
    "mkldnn.rnn.fp32_precision": "bf16",
}
# Seen to change what `probed` gives, or to stop it, on a CPU without matrix units and without optional packages.
SEEN = {
    "random", "np.random", "np.errstate", "np.bufsize", "threads", "default dtype", "flush denormal", "anomaly",
    "torch generator", "deterministic algorithms", "autocast cpu", "mkldnn", "flash attention",
}  # fmt: skip
MODES = {
    "default device": partial(torch.device, "meta"),
    "no grad": torch.no_grad,
    "inference mode": torch.inference_mode,
    "warnings as errors": warnings.catch_warnings,
}


def known():
    return {one.name: one for one in [*globals_of_numpy(0), *globals_of_torch(torch, 0)]}


@pytest.fixture
def restored():
    """Sets one piece of state, and everything back at the end."""
    before = [(one, one.read()) for one in known().values()]
    yield lambda name, value: known()[name].write(value)
    for one, was in before:
        one.write(was)


@pytest.fixture
def entered():
    with ExitStack() as stack:

        def enter(name):
            stack.enter_context(MODES[name]())
            if name == "warnings as errors":
                warnings.simplefilter("error")

        yield enter


def probed(seeds, arm):
    """Numbers each of which depends on a piece of state."""
    draw = torch.Generator().manual_seed(1)
    image = torch.randn(1, 8, 32, 32, generator=draw, dtype=torch.float32)
    kernel = torch.randn(8, 8, 5, 5, generator=draw, dtype=torch.float32)
    long = np.random.default_rng(1).standard_normal(100_000).astype(np.float32)
    zero = torch.zeros(2, dtype=torch.float32, requires_grad=True)
    (zero.sqrt() * 0.0).sum().backward()  # NaN, at which anomaly detection stops
    torch.zeros(3, dtype=torch.float32).put_(torch.tensor([1]), torch.ones(1, dtype=torch.float32))  # not deterministic
    warnings.warn("harmless", UserWarning, stacklevel=2)
    row = {
        "python": random.random(),
        "numpy": np.random.rand(),  # noqa: NPY002 - the global generator
        "torch": torch.rand(()).item(),
        "third": (torch.ones(()) / 3).item(),
        "small": (torch.tensor(1e-310, dtype=torch.float64) * 0.5).item(),
        "divided": np.float64(1.0) / np.float64(0.0),
        "buffered": float(np.add.reduce(long, dtype=np.float64)),
        "threads": float(torch.get_num_threads()),
        "product": float((image[0, 0] @ image[0, 1]).sum()),
        "convolved": float(conv2d(image, kernel).sum()),
        "attended": float(scaled_dot_product_attention(image, image, image).sum()),
        "gradient": float(zero.grad.isnan().sum()),
    }
    return pd.DataFrame({"seed": list(seeds), "arm": arm, **row})


@pytest.fixture
def made(made_experiment):
    made = made_experiment(stack=2)
    made.make(probed)
    return made


@pytest.fixture
def task(made):
    return task_of(made.cells(range(2))[0])


def bytes_of(task):
    outcome = run_cell(task)
    assert not outcome.error, outcome.error
    return pack(outcome.tables)


def loose(task):
    """What the cell gives without being pinned; the error's name where it stops."""
    try:
        return pack(Tables({"runs": probed(task.seeds, task.arm)}))
    except (RuntimeError, ValueError, FloatingPointError, UserWarning, NotImplementedError) as error:
        return type(error).__name__


def test_every_piece_of_state_is_tried():
    assert list(known()) == list(WRONG)


@pytest.mark.parametrize("name", WRONG)
def test_a_cell_finds_its_own_value_and_leaves_that_of_the_process(name, restored):
    restored(name, WRONG[name])
    one = known()[name]
    before = one.read()
    with pinned():
        if name not in ("random", "np.random", "torch generator"):  # drawn from what is computed
            assert one.read() == one.value
        assert str(one.read()) != str(before) or name in ("autocast cuda",)
    assert str(one.read()) == str(before)


@pytest.mark.parametrize("name", WRONG)
def test_a_cell_gives_the_same_bytes_whatever_was_set(name, task, restored):
    expected = bytes_of(task)
    restored(name, WRONG[name])
    assert bytes_of(task) == expected


@pytest.mark.parametrize("name", MODES)
def test_a_cell_gives_the_same_bytes_inside_any_mode(name, task, entered):
    expected = bytes_of(task)
    entered(name)
    assert bytes_of(task) == expected


@pytest.mark.parametrize("name", sorted(SEEN))
def test_without_pinning_the_numbers_would_differ(name, task, restored):
    with pinned():
        expected = loose(task)
        known()[name].write(WRONG[name])
        found = loose(task)
    assert found != expected


@pytest.mark.parametrize("name", MODES)
def test_without_pinning_a_mode_would_stop_the_cell_or_change_it(name, task, entered):
    with pinned():
        expected = loose(task)
    with pinned():
        entered(name)
        assert loose(task) != expected


def test_two_ways_to_set_the_precision_may_contradict_each_other(restored, task):
    expected = bytes_of(task)
    torch.set_float32_matmul_precision("highest")
    torch.backends.mkldnn.matmul.fp32_precision = "bf16"
    with pytest.raises(RuntimeError):
        torch.get_float32_matmul_precision()
    assert bytes_of(task) == expected


def test_a_cell_that_changes_the_process_changes_no_other(task, made):
    expected = bytes_of(task)

    def rude(seeds, arm):
        torch.set_default_dtype(torch.float64)
        torch.manual_seed(3)
        np.seterr(all="raise")
        return pd.DataFrame({"seed": list(seeds), "arm": arm, "loss": 0.5})

    made.make(rude)
    bytes_of(task)
    made.make(probed)
    assert torch.get_default_dtype() == torch.float32
    assert np.geterr()["invalid"] == "warn"
    assert bytes_of(task) == expected


# Dense nets by updates, a convolution, and an experiment that is numpy's alone.
SHORT = {
    "deep_vs_shallow": {"updates": 20},
    "depth": {"epochs": 1, "train": 60, "test": 20},
    "random_features": {},
}


@pytest.fixture(scope="module")
def trained():
    """A task of each experiment, cut short, and its bytes in a clean state."""
    made = {}
    for name, cuts in SHORT.items():
        experiment = experiments()[name]
        setting = replace(experiment.setting("fast"), stack=2, **cuts)
        cell = cells_of(experiment, setting, experiment.arms[:1], [0], device=CPU)[0]
        made[name] = task_of(cell), bytes_of(task_of(cell))
    return made


def everything_wrong():
    for name, value in WRONG.items():
        if name not in ("np.errstate", "anomaly", "deterministic algorithms", "math attention"):
            known()[name].write(value)


@pytest.mark.parametrize("name", SHORT)
@pytest.mark.parametrize("state", ["default dtype", "flush denormal", "autocast cpu", "np.errstate", "all"])
def test_an_experiment_gives_the_same_bytes(name, state, trained, restored):
    task, expected = trained[name]
    everything_wrong() if state == "all" else restored(state, WRONG[state])
    assert bytes_of(task) == expected
