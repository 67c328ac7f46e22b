"""Which nets can be stacked, and whether they are the same net but for the numbers in it."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn
from torch.nn.modules.dropout import _DropoutNd

__all__ = ["check_stackable"]

_EVERY = frozenset(vars(nn.Module()))  # attributes that say nothing about an architecture


def check_stackable(nets: Sequence[nn.Module]) -> None:
    """Raise ValueError unless every net trains without global state and all have one architecture."""
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
    for name, module in net.named_modules():
        if isinstance(module, _DropoutNd | nn.RReLU):
            raise ValueError(
                f"Layer {name!r} is {module}, which draws from torch's global generator, so a replica's numbers would "
                f"depend on its neighbours in the stack. Use hw1.training.Dropout: its masks come from a named stream."
            )
    if buffers := [name for name, _ in net.named_buffers()]:
        raise ValueError(
            f"The net has buffers ({', '.join(buffers)}), state that training changes outside the weights and that a "
            f"stack does not keep per replica. Use layers without buffers, e.g. GroupNorm for BatchNorm."
        )
    for name, parameter in net.named_parameters():
        if not parameter.requires_grad:
            raise ValueError(f"Parameter {name!r} is frozen, but a stack trains all. Unfreeze it or make it an input.")
    if len(kinds := {parameter.dtype for parameter in net.parameters()}) != 1:
        raise ValueError(f"The net's parameters have {len(kinds)} dtypes, but a stack is one buffer. Use exactly one.")


def _description(net: nn.Module) -> dict[str, str]:
    return {name: _described(module) for name, module in net.named_modules()}


def _described(module: nn.Module) -> str:
    shapes = {name: (tuple(p.shape), str(p.dtype)) for name, p in module.named_parameters(recurse=False)}
    own = {name: _spelled(value) for name, value in vars(module).items() if name == "training" or name not in _EVERY}
    return f"{type(module).__qualname__}({module.extra_repr()}) {shapes} {own}"


def _spelled(value: object) -> str:
    """Spelling of an attribute without addresses: a value, a function's name, or else the type."""
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_spelled, value))}]"
    return str(getattr(value, "__qualname__", type(value).__qualname__))
