"""A user's own nets in the place of ours; see `hw1.replaced`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor, nn

from hw1.deliberate import told
from hw1.nets.generators import isolated
from hw1.nets.keyed import draw_keys
from hw1.replaced import active, remark

__all__ = ["Addition", "own_keys", "own_net", "redrawn"]


@dataclass(frozen=True, kw_only=True)
class Addition:
    """What an arm adds to whichever net it has: in words after "your net with", and as a function of the net."""

    words: str
    to: Callable[[nn.Module], nn.Module]


_MAKERS: WeakKeyDictionary[nn.Module, Callable[[], nn.Module]] = WeakKeyDictionary()
_KEYS: WeakKeyDictionary[nn.Module, Tensor] = WeakKeyDictionary()


def own_net(what: str, inputs: int, outputs: int, *, added: Addition | None = None) -> nn.Module | None:
    """The user's net where ours was asked for, `what` in words; None where ours stays.

    Parameters
    ----------
    what : our net without what is added
    added : what the arm adds to any net, and the user is told of; None for nothing
    """
    now = active()
    if now is None:
        return None
    now.note("net", what)
    make = now.own.of(now.arm, "net")
    if make is None:
        return None

    def bare() -> nn.Module:
        return _with_weights(make(inputs, outputs), inputs)

    def made() -> nn.Module:
        return added.to(bare()) if added else bare()

    if now.only_ask:
        net, other = _isolated(0, bare), _isolated(1, bare)
        _check_kind(net, other)
        _check_outputs(net, inputs, outputs)
        now.inputs, now.make, now.starts_alike = inputs, lambda: _isolated(0, made), _are_alike(net, other)
        if now.starts_alike:
            remark(
                "What makes your net gives the same weights for every seed (it sets torch's seed, or copies a net): "
                "seeds differ in what else they draw alone."
            )
        if added:
            remark(f"The arm {now.arm} has your net with {added.words}.")
    net = _isolated(0, made)
    _MAKERS[net] = made
    return net


def redrawn(net: nn.Module, rng: np.random.Generator) -> bool:
    """Draw a user's net afresh: the global generators, as its layers draw from them, are seeded from the stream."""
    make = _MAKERS.get(net)
    if make is None:
        return False
    fresh = _isolated(int(rng.integers(2**63)), make)
    drawn = {**dict(fresh.named_parameters()), **dict(fresh.named_buffers())}
    with torch.no_grad():
        for name, tensor in (*net.named_parameters(), *net.named_buffers()):
            tensor.copy_(drawn[name])
    _KEYS[net] = draw_keys([rng])[0]
    return True


def own_keys(nets: Sequence[nn.Module]) -> Tensor | None:
    """Keys (K, 2) of nets that `redrawn` drew, for what is random in their training; None for others."""
    keys = [_KEYS.get(net) for net in nets]
    return None if any(key is None for key in keys) else torch.stack([key for key in keys if key is not None])


def _with_weights(net: nn.Module, inputs: int) -> nn.Module:
    """The net itself, after a first pass where it has lazy layers, which draw their weights then."""
    compiled = getattr(net, "_orig_mod", None)
    if isinstance(compiled, nn.Module):
        remark("torch.compile is left out of your net: nets are trained side by side by other means.")
        net = compiled
    if isinstance(net, nn.Module) and any(isinstance(p, nn.UninitializedParameter) for p in net.parameters()):
        with torch.no_grad():
            net(torch.zeros(2, inputs))
    return net


def _isolated(seed: int, make: Callable[[], nn.Module]) -> nn.Module:
    """Build a net with the global generators at a seed, and leave them as they were."""
    with isolated(seed):
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
    if not list(net.parameters()):
        raise ValueError("The net has no parameters, so nothing of it can be trained. Give it a layer that has some.")
    if not any(parameter.requires_grad for parameter in net.parameters()):
        raise ValueError("All parameters of the net are frozen (requires_grad=False). Leave some to be trained.")
    if odd := {parameter.dtype for parameter in net.parameters()} - {torch.float16, torch.float32, torch.float64}:
        raise ValueError(f"The net has weights of {', '.join(map(str, odd))}. Give it float32 or float64, net.float().")
    try:
        deepcopy(net)
    except Exception as error:  # whatever a tensor of it raises
        raise ValueError(
            f"The net cannot be copied ({told(error):.140}), and each seed trains a copy. Pruning and "
            f"the older weight_norm and spectral_norm leave such nets: use torch.nn.utils.parametrizations."
        ) from error


def _are_alike(net: nn.Module, other: nn.Module) -> bool:
    """Whether two nets have equal parameters, though they were made with torch's generator at other seeds."""
    pairs = [*zip(net.parameters(), other.parameters(), strict=False)]
    return all(one.shape == two.shape and torch.equal(one, two) for one, two in pairs)


def _check_outputs(net: nn.Module, inputs: int, outputs: int) -> None:
    first = next(net.parameters())
    rows, needed = f"two rows of {inputs} numbers", f"(2, {outputs})"
    try:
        with torch.no_grad():
            found = net(torch.zeros(2, inputs, dtype=first.dtype, device=first.device))
    except Exception as error:  # whatever its layers raise
        raise ValueError(
            f"The net fails on {rows} ({told(error)}), and must give {needed}. {_ENDS.format(outputs)}"
        ) from error
    given = tuple(found.shape) if isinstance(found, torch.Tensor) else f"a {type(found).__name__}"
    if given != (2, outputs):
        raise ValueError(f"The net gives {given} for {rows}, and {needed} are needed. {_ENDS.format(outputs)}")


_ENDS = (
    "Begin with nn.Unflatten(1, (channels, height, width)) where it takes images, and nn.Flatten() before dense "
    "layers; end with {} outputs."
)
