"""A user's own nets in the place of ours; see `hw1.replaced`."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import nn

from hw1.replaced import active

__all__ = ["own_net", "redrawn"]

_MAKERS: WeakKeyDictionary[nn.Module, Callable[[], nn.Module]] = WeakKeyDictionary()


def own_net(what: str, inputs: int, outputs: int) -> nn.Module | None:
    """The user's net where ours was asked for, `what` in words; None where ours stays."""
    now = active()
    if now is None:
        return None
    now.note("net", what)
    make = now.own.net_of(now.arm)
    if make is None:
        return None
    net = _isolated(0, lambda: make(inputs, outputs))
    if now.only_ask:
        _check_kind(net, _isolated(0, lambda: make(inputs, outputs)))
        _check_outputs(net, inputs, outputs)
        now.inputs = inputs
    _MAKERS[net] = lambda: make(inputs, outputs)
    return net


def redrawn(net: nn.Module, rng: np.random.Generator) -> bool:
    """Draw a user's net afresh: torch's global generator, as its layers draw from it, is seeded from the stream."""
    make = _MAKERS.get(net)
    if make is None:
        return False
    fresh = _isolated(int(rng.integers(2**63)), make)
    net.load_state_dict(fresh.state_dict())
    return True


def _isolated(seed: int, make: Callable[[], nn.Module]) -> nn.Module:
    """Build a net with torch's global generator at a seed, and leave that generator as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make()


def _check_kind(net: nn.Module, again: nn.Module) -> None:
    """Refuse what is no net of its own whose parameters can all be trained; `again` is what the maker gives next."""
    if not isinstance(net, nn.Module):
        raise ValueError(f"What makes the net gives {net!r:.60}, which is no torch.nn.Module. Return the net.")
    if net is again:
        raise ValueError(
            "What makes the net gives the same one again, and every seed needs one of its own. Build it inside the "
            "function: net=lambda inputs, outputs: torch.nn.Sequential(...)."
        )
    if any(isinstance(parameter, nn.UninitializedParameter) for parameter in net.parameters()):
        raise ValueError("The net has lazy layers, which have no weights before their first input. Give their sizes.")
    if not list(net.parameters()):
        raise ValueError("The net has no parameters, so nothing of it can be trained. Give it a layer that has some.")
    if frozen := [name for name, parameter in net.named_parameters() if not parameter.requires_grad]:
        raise ValueError(
            f"The parameter {frozen[0]} of the net is frozen (requires_grad=False), and all are trained here. Keep "
            f"frozen numbers out of its parameters."
        )


def _check_outputs(net: nn.Module, inputs: int, outputs: int) -> None:
    first = next(net.parameters())
    rows, needed = f"two rows of {inputs} numbers", f"(2, {outputs})"
    try:
        with torch.no_grad():
            found = net(torch.zeros(2, inputs, dtype=first.dtype, device=first.device))
    except Exception as error:  # whatever its layers raise
        said = (str(error).splitlines() or [""])[0]
        raise ValueError(
            f"The net fails on {rows} ({type(error).__name__}: {said}), and must give {needed}. {_ENDS.format(outputs)}"
        ) from error
    given = tuple(found.shape) if isinstance(found, torch.Tensor) else f"a {type(found).__name__}"
    if given != (2, outputs):
        raise ValueError(f"The net gives {given} for {rows}, and {needed} are needed. {_ENDS.format(outputs)}")


_ENDS = (
    "Begin with nn.Unflatten(1, (channels, height, width)) where it takes images, and nn.Flatten() before dense "
    "layers; end with {} outputs."
)
