"""Layers of K replicas on activations (K, features, n): what each gives, and its gradients by hand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from hw1.nets.dense import Sine, Square
from hw1.nets.dropout import Dropout

__all__ = ["ACTIVATIONS", "Activation", "Layer", "Linear", "Mask", "Module", "Tanh", "tanh"]

Back = tuple[Tensor | None, list[Tensor]]  # gradients in the input, and in the parameters (K, ...) in their order


class Layer(ABC):
    """One layer; `by_hand` is whether its gradient is known here, else there is only `output`."""

    by_hand = True
    has_parameters = False
    overwrites = False  # whether `forward` overwrites its input
    lets_go = True  # whether what comes next may overwrite what `forward` gives

    @abstractmethod
    def output(self, h: Tensor) -> Tensor:
        """What the layer gives for h, differentiable any number of times."""

    def forward(self, h: Tensor) -> tuple[Tensor, Any]:
        """The same without autograd, and what `backward` wants to see of it."""
        raise NotImplementedError(f"{self} has no gradient by hand. Ask `by_hand` first.")

    def backward(self, g: Tensor, seen: Any, *, inputs: bool) -> Back:
        """From the gradient in the output, contiguous, which may be overwritten; None for an input that needs none."""
        raise NotImplementedError(f"{self} has no gradient by hand. Ask `by_hand` first.")


class Linear(Layer):
    """Weights (K, out, in), biases (K, out) or none; `scale` is a factor on what `forward` gives."""

    has_parameters = True

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self.scale = 1.0
        self._weight, self._bias = weight, bias
        self.by_hand = bias is not None
        self._values = weight.detach()  # a view of the stack's buffer: updates change it in place
        self._turned = self._values.transpose(1, 2)
        self._column = None if bias is None else bias.detach().unsqueeze(-1)

    def output(self, h: Tensor) -> Tensor:
        """(K, out, n)."""
        if self._bias is None:
            return torch.bmm(self._weight, h)
        return torch.baddbmm(self._bias.unsqueeze(-1), self._weight, h)

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """(K, out, n) times the scale; `backward` sees h."""
        assert self._column is not None  # or it is not `by_hand`
        return torch.baddbmm(self._column, self._values, h, alpha=self.scale, beta=self.scale), h

    def backward(self, g: Tensor, seen: Tensor, *, inputs: bool) -> Back:
        """Gradients in h, (K, in, n) and contiguous, in the weight (K, out * in) and in the bias (K, out)."""
        own = [torch.bmm(g, seen.transpose(1, 2)).flatten(1), g.sum(2)]
        if not inputs:
            return None, own
        if g.shape[1] > 1:
            return torch.bmm(self._turned, g), own
        # One unit: an outer product, for which a product of matrices takes 8 times as long.
        return torch.mul(self._turned, g, out=g.new_empty(len(g), self._turned.shape[1], g.shape[2])), own


class Module(Layer):
    """An elementwise module without parameters, whose gradient is left to autograd."""

    by_hand = False

    def __init__(self, module: nn.Module) -> None:
        self._module = module

    def output(self, h: Tensor) -> Tensor:
        """Of the shape of h."""
        values: Tensor = self._module(h)
        return values


class Mask(Layer):
    """Dropout with the keys (K, 2) that are lent to the module, none in an evaluation."""

    lets_go = False

    def __init__(self, dropout: Dropout) -> None:
        self._dropout = dropout

    def output(self, h: Tensor) -> Tensor:
        """Of the shape of h."""
        return self.forward(h)[0]

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor | None]:
        """Of the shape of h; `backward` sees the mask."""
        if self._dropout.key is None:
            return h, None
        points_by_features = self._dropout.mask((h.shape[2], h.shape[1]), h.dtype)
        mask = points_by_features.transpose(1, 2).contiguous()
        return h * mask, mask

    def backward(self, g: Tensor, seen: Tensor | None, *, inputs: bool) -> Back:  # noqa: ARG002 - costs nothing
        """Gradient in the input, in the place of g."""
        return (g if seen is None else g.mul_(seen)), []


class Activation(Layer):
    """An activation with a gradient by hand, which lies in the place of g; `forward` overwrites its input."""

    overwrites = True
    lets_go = False


class Relu(Activation):
    """max(h, 0)."""

    def output(self, h: Tensor) -> Tensor:
        """Of the shape of h."""
        return torch.relu(h)

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """In the place of h; `backward` sees the output."""
        return torch.relu_(h), h

    def backward(self, g: Tensor, seen: Tensor, *, inputs: bool) -> Back:  # noqa: ARG002 - costs nothing
        """That in the output, where this is positive."""
        return torch.ops.aten.threshold_backward.grad_input(g, seen, 0, grad_input=g), []


class Sigmoid(Activation):
    """1 / (1 + exp(-h))."""

    def output(self, h: Tensor) -> Tensor:
        """Of the shape of h."""
        return torch.sigmoid(h)

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """In the place of h; `backward` sees the output."""
        return torch.sigmoid_(h), h

    def backward(self, g: Tensor, seen: Tensor, *, inputs: bool) -> Back:  # noqa: ARG002 - costs nothing
        """The product of g and y (1 - y)."""
        return torch.ops.aten.sigmoid_backward.grad_input(g, seen, grad_input=g), []


def tanh(h: Tensor) -> Tensor:
    """tanh(h) as 2 sigmoid(2 h) - 1, four times as fast on a CPU; at most 2 units in the last place of 1 off."""
    return 2 * torch.sigmoid(2 * h) - 1


class Tanh(Activation):
    """tanh by `tanh`; `given_twice` is whether `forward` gets 2 h, as products have a factor for nothing."""

    given_twice = False

    def output(self, h: Tensor) -> Tensor:
        """Of the shape of h."""
        return tanh(h)

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """In the place of h; `backward` sees the output."""
        (h if self.given_twice else h.mul_(2)).sigmoid_()
        return torch.add(h.new_full((), -1), h, alpha=2, out=h), h  # one pass for two

    def backward(self, g: Tensor, seen: Tensor, *, inputs: bool) -> Back:  # noqa: ARG002 - costs nothing
        """The product of g and 1 - y^2."""
        return torch.ops.aten.tanh_backward.grad_input(g, seen, grad_input=g), []


class Sinus(Activation):
    """sin(h), see `hw1.nets.dense.Sine`."""

    def output(self, h: Tensor) -> Tensor:
        """Of the shape of h."""
        return h.sin()

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """New memory; `backward` sees the cosine, in the place of h."""
        return h.sin(), h.cos_()

    def backward(self, g: Tensor, seen: Tensor, *, inputs: bool) -> Back:  # noqa: ARG002 - costs nothing
        """The product of g and cos(h)."""
        return g.mul_(seen), []


class Squared(Activation):
    """The square of h, see `hw1.nets.dense.Square`."""

    def output(self, h: Tensor) -> Tensor:
        """Of the shape of h."""
        return h.square()

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """New memory; `backward` sees 2 h, in the place of h."""
        return h.square(), h.mul_(2)

    def backward(self, g: Tensor, seen: Tensor, *, inputs: bool) -> Back:  # noqa: ARG002 - costs nothing
        """The product of g and 2 h."""
        return g.mul_(seen), []


ACTIVATIONS: dict[type[nn.Module], type[Activation]] = {
    nn.ReLU: Relu,
    nn.Sigmoid: Sigmoid,
    nn.Tanh: Tanh,
    Sine: Sinus,
    Square: Squared,
}
