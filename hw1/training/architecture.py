"""Whether nets are the same net but for the numbers in it, so that they can be stacked."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

__all__ = ["check_stackable"]

_EVERY = frozenset(vars(nn.Module()))  # attributes that say nothing about an architecture


def check_stackable(nets: Sequence[nn.Module]) -> None:
    """Raise ValueError unless every net has weights of one type to train, and all have one architecture."""
    if not nets:
        raise ValueError("There are no nets to stack. Pass at least one.")
    for net in nets:
        _check_alone(net)
    first = _description(nets[0])
    for k, net in enumerate(nets[1:], start=1):
        other = _description(net)
        for name in first | other:
            if first.get(name) != other.get(name):
                raise ValueError(
                    f"Net {k} differs from net 0 in {name or 'itself'!r}: {other.get(name, 'missing')} against "
                    f"{first.get(name, 'missing')}. A stack has one architecture; stack each kind by itself."
                )


def _check_alone(net: nn.Module) -> None:
    trained = [parameter for parameter in net.parameters() if parameter.requires_grad]
    if not trained:
        raise ValueError(
            "The net has no parameters that can be trained. Unfreeze some, or give it a layer that has some."
        )
    if len(kinds := {parameter.dtype for parameter in trained}) != 1:
        raise ValueError(
            f"The net's trained parameters have {len(kinds)} dtypes, but a stack is one buffer. Use exactly one."
        )


def _description(net: nn.Module) -> dict[str, str]:
    return {name: _described(module) for name, module in net.named_modules()}


def _described(module: nn.Module) -> str:
    shapes = {
        name: (tuple(p.shape), str(p.dtype), p.requires_grad) for name, p in module.named_parameters(recurse=False)
    }
    shapes |= {name: (tuple(b.shape), str(b.dtype), False) for name, b in module.named_buffers(recurse=False)}
    own = {name: _spelled(value) for name, value in vars(module).items() if name == "training" or name not in _EVERY}
    return f"{type(module).__qualname__}({module.extra_repr()}) {shapes} {own}"


def _spelled(value: object) -> str:
    """Spelling of an attribute without addresses: a value, a function's name, or else the type."""
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_spelled, value))}]"
    return str(getattr(value, "__qualname__", type(value).__qualname__))
