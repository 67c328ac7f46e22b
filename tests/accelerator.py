"""An accelerator that is not there, for whole experiments: it computes on the CPU, and is as strict as a real one.

`inside()` makes the device `DEVICE`. Its tensors hold a tensor of the CPU and compute there, so that numbers are real
and can be compared. What a real accelerator refuses, or does slowly and silently, is an error here:

- tensors of two devices in one operation, in indexing too, where torch moves an index of the CPU without a word;
- waiting for the device during a training, from the first update that `hw1.pulse` tells to the last. Other waits are
  counted, and so are those in the functions of `PLANNED`, whose docstrings announce them.

Run as a program it takes the names of experiments and says in a line of JSON for each arm what was seen; in a process
of its own, as a registered device stays for good.
"""

import dataclasses
import json
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path
from threading import current_thread, main_thread
from unittest import mock

import torch
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

from hw1.nets.dense import dense, initialise
from hw1.pulse import listening
from hw1.registry import find_experiment
from hw1.running.pinned import pinned
from hw1.streams import stream
from hw1.training import Recipe, squared, stack, train

NAME = "simgpu"
DEVICE = f"{NAME}:0"
ROOT = Path(__file__).parents[1]
aten = torch.ops.aten

# Each gives the host a number, or a tensor whose size depends on numbers: it waits for all that was asked before.
WAITS = {
    aten._local_scalar_dense,
    aten.bincount,
    aten.equal,
    aten.is_nonzero,
    aten.masked_select,
    aten.nonzero,
    aten._unique2,
    aten.unique_dim,
    aten.unique_consecutive,
}
PLANNED = {"largest_eigenvalue"}  # looks every 10 products whether all replicas have converged
INDEXING = {aten.index, aten.index_put, aten.index_put_, aten._index_put_impl_, aten.gather, aten.index_select}


class StrayTensorError(RuntimeError):
    """Two devices in one operation."""


class HostSyncError(RuntimeError):
    """The host waits for the device where it must not."""


class Far(torch.Tensor):
    """A tensor of the accelerator; `near` holds its numbers."""

    @staticmethod
    def __new__(cls, near):
        return torch.Tensor._make_wrapper_subclass(
            cls,
            near.shape,
            strides=near.stride(),
            storage_offset=near.storage_offset(),
            dtype=near.dtype,
            device=DEVICE,
        )

    def __init__(self, near):
        self.near = near

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return _dispatched(func, args, kwargs or {})


class _Mode(TorchDispatchMode):
    """Catches what no far tensor takes part in: making one, and moving one there."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return _dispatched(func, args, kwargs or {})


class _State:
    training = False
    waits: list[str] = []  # noqa: RUF012 - one per process
    fault: Exception | None = None


def _fault(error):
    """Raise an error, at once or, in autograd's thread where that would end the process, as soon as it is over."""
    if current_thread() is main_thread():
        raise error
    _State.fault = _State.fault or error


def _raise_fault():
    if _State.fault and current_thread() is main_thread():
        error, _State.fault = _State.fault, None
        raise error


def _dispatched(func, args, kwargs):
    _raise_fault()
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
    far = [tensor for tensor in tensors if isinstance(tensor, Far)]
    to = torch.device(kwargs["device"]).type if kwargs.get("device") is not None else None
    if not far and to != NAME:
        return func(*args, **kwargs)
    packet = func.overloadpacket
    moves = packet in (aten._to_copy, aten.copy_)
    if far and not moves:
        _check_devices(func, tensors)
    if packet in WAITS or _comes_back(packet, args, to) or (packet in INDEXING and _by_mask(args)):
        _wait(func)
    near = tree_map(lambda leaf: leaf.near if isinstance(leaf, Far) else leaf, (args, kwargs))
    options = {**near[1], "device": "cpu"} if to == NAME else near[1]
    made = func(*near[0], **options)
    if moves and _comes_back(packet, args, to):
        return args[0] if packet is aten.copy_ else made
    wrapped = tree_map(lambda leaf: Far(leaf) if isinstance(leaf, torch.Tensor) else leaf, made)
    return return_and_correct_aliasing(func, args, kwargs, wrapped)


def _check_devices(func, tensors):
    """As CUDA: a number of the CPU may go along, but not where it is an index or has dimensions."""
    stray = [t for t in tensors if not isinstance(t, Far) and (t.ndim or func.overloadpacket in INDEXING)]
    if stray:
        shapes = ", ".join(str(tuple(tensor.shape)) for tensor in stray)
        _fault(StrayTensorError(f"{func} on {DEVICE} with tensors {shapes} of the CPU, at {_where()}"))


def _comes_back(packet, args, to):
    if packet is aten.copy_:
        return isinstance(args[1], Far) and not isinstance(args[0], Far)
    return packet is aten._to_copy and isinstance(args[0], Far) and to not in (None, NAME)


def _by_mask(args):
    return any(isinstance(leaf, Far) and leaf.dtype in (torch.bool, torch.uint8) for leaf in tree_leaves(args[1:2]))


def _wait(func):
    where = f"{func} at {_where()}"
    if _State.training and not any(frame.name in PLANNED for frame in traceback.extract_stack()):
        _fault(HostSyncError(f"the host waits for {DEVICE} during a training: {where}"))
    _State.waits.append(where)


def _where():
    """The innermost line of the project."""
    frames = [frame for frame in traceback.extract_stack() if frame.filename.startswith(str(ROOT / "hw1"))]
    return f"{Path(frames[-1].filename).relative_to(ROOT)}:{frames[-1].lineno}" if frames else "no line of hw1"


def _pulse(update, updates, losses):
    if losses.device.type != NAME:
        raise StrayTensorError(f"the losses are on {losses.device}: the training is not on {DEVICE}")
    _State.training = update < updates


@contextmanager
def inside():
    """Inside, `DEVICE` is there."""
    _State.training, _State.waits, _State.fault = False, [], None
    with _Mode(), listening(_pulse), mock.patch.object(torch, "tensor", _made):
        yield _State
    _raise_fault()


_tensor = torch.tensor


def _made(values, *, device=None, **options):
    """`torch.tensor` asks a device for memory in a way that no mode sees: made on the CPU, then moved."""
    return _tensor(values, **options).to(device or "cpu")


def register():
    """Make the device known, once per process."""
    _setup_privateuseone_for_python_backend(NAME)


CUTS = {
    "updates": 3, "early": 2, "epochs": 1, "nets": 6, "halfway": 3, "trained": 6, "test": 50, "again": 2,
    "target_updates": 3, "many_updates": 3, "before": 3, "more_updates": 3, "other_updates": 3, "easy_epochs": 1,
    "judging": 2, "wrong_judging": 2, "other_judging": 2,
}  # fmt: skip


LEAST = {"random_walk": {"updates": 8}}  # of the last eighth of twice as many, three points


def tiny(experiment, tier="fast"):
    """The fast setting with a training of a few updates."""
    setting = experiment.setting(tier)
    cuts = CUTS | LEAST.get(experiment.name, {})
    shorter = {name: min(cuts[name], value) for name, value in vars(setting).items() if name in cuts}
    return dataclasses.replace(setting, **shorter)


def seen(experiment, arm):
    """What an arm does on the accelerator: how often the host waited, or what went wrong."""
    try:
        with inside() as state:
            tables = experiment.module.run(tiny(experiment), arm=arm, seeds=range(2), device=DEVICE)
        return {"rows": len(tables["runs"]), "waits": len(state.waits), "where": sorted(set(state.waits))}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc(limit=-8)}


def _tens():
    return torch.arange(8.0)


LOSSES = {
    "none": squared,
    "stray in a loss": lambda outputs, y: (outputs - torch.zeros(3, 8, 3)).square().mean((1, 2)),
    "stray index in a loss": lambda outputs, y: outputs[:, torch.tensor([0, 1])].square().mean((1, 2)),
    "number in a loss": lambda outputs, y: outputs.mean((1, 2)) * outputs.abs().max().item(),
    "mask in a loss": lambda outputs, y: outputs[outputs > 0].sum() * outputs.mean((1, 2)),
}
RECORDS = {
    "stray in a record": lambda s, x: (s.forward(x)[..., 0] * _tens()).sum(1),
    "copy in a record": lambda s, x: s.forward(x).mean((1, 2)).cpu(),
}


def trained(device, fault="none"):
    """A small training with a fault in it, if that has a name here: its weights on the host."""
    nets = [dense((4,), inputs=2, outputs=3) for _ in range(3)]
    for k, net in enumerate(nets):
        initialise(net, stream("simulated", k))
    x, y = stream("simulated", "x").normal(size=(8, 2)), stream("simulated", "y").normal(size=(8, 3))
    together = stack(nets, "cpu" if fault == "a training on the CPU" else device)
    inputs = together.place(x)
    looked = RECORDS.get(fault, lambda s, x: s.forward(x).mean((1, 2)))
    recipe = Recipe(optimizer="adam", lr=0.1, updates=3)
    record = {"looked": lambda s: looked(s, inputs)}
    train(together, x, y, recipe, loss=LOSSES.get(fault, squared), record=record, at=(0, 2, 3))
    if fault == "stray in a measure":
        return (together.forward(inputs)[..., 0] * _tens()).detach().cpu()
    return together.weights().cpu()


def fault_seen(fault):
    """What becomes of a training with a fault."""
    try:
        with inside() as state:
            weights = trained(DEVICE, fault)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    # On the CPU one kernel is the whole optimizer: numbers are rounded in another order.
    return {"equal": torch.allclose(weights, trained("cpu"), rtol=1e-5, atol=1e-6), "waits": len(state.waits)}


def main(names):
    register()
    with pinned():
        if names == ["--faults"]:
            for fault in [*LOSSES, *RECORDS, "stray in a measure", "a training on the CPU"]:
                print(json.dumps({"fault": fault, **fault_seen(fault)}), flush=True)
            return
        for name in names:
            experiment = find_experiment(name)
            for arm in experiment.arms:
                print(json.dumps({"experiment": name, "arm": arm, **seen(experiment, arm)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
