"""How the replicas of any net can be run, found by trying: all at once by `torch.func.vmap`, or one after the other.

What a module does cannot be read from its name: `nn.TransformerEncoderLayer` draws where its dropout is not 0, an LSTM
has no rule for `vmap`, and a forward pass of one's own may do anything.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch._functorch.pyfunctorch import temporarily_clear_interpreter_stack

from hw1.nets.generators import isolated, states
from hw1.training.snapshots import State

__all__ = ["CONVOLUTIONS", "FITS", "Way", "filters_seen", "trial_inputs", "tried", "way_of"]

Run = Callable[[bool], tuple[Tensor, State]]  # in training mode or not, to outputs and the state afterwards

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)

FITS = 18_432
"""Numbers that the filters of a convolution see of one example, up to which `vmap` is faster on a CPU.

On one core, 12 small residual nets with 50 examples take, against 12 plain loops: with 4,608 such numbers (8 channels x
9 x 64 places) 0.46 to 0.55 of the time under `vmap` and 1.2 one by one; with 9,216 0.61 to 0.75 and 0.9 to 1.0; with
18,432 0.83 to 1.0 and 1.1; with 36,864 and 147,456 1.0 to 1.1 and 0.9 to 1.1.
"""

EXAMPLES = 4  # in a trial; batch normalisation needs 2


@dataclass(frozen=True, kw_only=True)
class Way:
    """Whether the replicas are run `together`, whether a pass `draws` from a global generator; and why not together."""

    together: bool
    draws: bool
    why: str = ""


def trial_inputs(x: Tensor) -> Tensor:
    """Inputs of the shape and type of x, (n, d...); its numbers are not asked for, as a transform may hide them."""
    n = min(max(x.shape[0], 2), EXAMPLES)
    shape = (n, *x.shape[1:])
    if not x.is_floating_point():
        return torch.zeros(shape, dtype=x.dtype, device=x.device)
    numbers = torch.arange(n * x[0].numel(), dtype=torch.float64, device=x.device)
    return numbers.sin().view(shape).to(x.dtype)


def way_of(alone: Run, together: Run | None, state: State, device: torch.device) -> Way:
    """Try one replica twice, then all together.

    Parameters
    ----------
    alone : runs one replica
    together : runs all by `vmap` and differentiates, and gives what `alone` gives; None where that is not wanted
    state : of that replica, to compare shapes

    Raises
    ------
    ValueError
        for a net whose second pass is another than the first, or whose buffers change their shapes; whatever the net
        itself raises
    """
    first, draws = tried(alone, True, device)
    _check_outputs(first[0])
    _check_state(state, first[1])
    if not _close(first[0], tried(alone, True, device)[0][0]):
        raise ValueError(
            "The net gives other outputs in a second pass with the same weights, buffers and random numbers: it keeps "
            "something between passes that a stack cannot keep per replica. Register it as a buffer, or draw random "
            "numbers from torch's global generator."
        )
    evaluated, draws_too = tried(alone, False, device)
    if draws or draws_too:
        return Way(together=False, draws=True, why="its forward pass draws from a global random generator")
    if together is None:
        return Way(together=False, draws=False)
    return _together(together, first[0], evaluated[0], device)


def _together(together: Run, trained: Tensor, evaluated: Tensor, device: torch.device) -> Way:
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="There is a performance drop")  # by a loop over the replicas
            for training, alone in ((True, trained), (False, evaluated)):
                if not _close(tried(together, training, device)[0][0], alone):
                    return Way(together=False, draws=False, why="torch.func.vmap gives other numbers for it")
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # whatever a module or `vmap` raises: one after the other it has run
        said = (str(error).strip().splitlines() or [""])[0]
        return Way(
            together=False, draws=False, why=f"torch.func.vmap cannot run it ({type(error).__name__}: {said:.100})"
        )
    return Way(together=True, draws=False)


@contextmanager
def filters_seen(net: nn.Module) -> Iterator[list[int]]:
    """Inside, passes of a net note how many numbers the filters of each convolution see of one example."""
    seen: list[int] = []

    def note(layer: nn.Module, _: object, outputs: Tensor) -> None:
        assert isinstance(layer.weight, Tensor)  # as of every convolution
        seen.append(math.prod(layer.weight.shape[1:]) * math.prod(outputs.shape[2:]))

    layers = [module for module in net.modules() if isinstance(module, CONVOLUTIONS)]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def tried(run: Run, training: bool, device: torch.device) -> tuple[tuple[Tensor, State], bool]:
    """What a run gives, and whether it drew random numbers; the generators are as they were.

    The first pass of a stack may be inside a transform of `torch.func`, which the trial is not to be part of.
    """
    with temporarily_clear_interpreter_stack(), isolated(0, device), torch.enable_grad():
        before = states(device)
        found = run(training)
        return found, states(device) != before


def _check_outputs(outputs: object) -> None:
    if not isinstance(outputs, Tensor):
        raise ValueError(
            f"The net gives a {type(outputs).__name__}, and a stack needs one tensor of outputs. Let its forward "
            f"return that alone."
        )


def _check_state(before: State, after: State) -> None:
    for name, values in before.items():
        if after[name].shape != values.shape:
            raise ValueError(
                f"The buffer {name} of the net changes its shape in a pass, from {tuple(values.shape)} to "
                f"{tuple(after[name].shape)}. Register it with the shape that it keeps."
            )


def _close(one: Tensor, other: Tensor) -> bool:
    """Equal but for rounding."""
    if one.shape != other.shape:
        return False
    scale = float(other.detach().nan_to_num(0, 0, 0).abs().amax()) if other.numel() else 0.0
    return torch.allclose(one.detach(), other.detach(), rtol=1e-3, atol=1e-4 * max(scale, 1e-6), equal_nan=True)
