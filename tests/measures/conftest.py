"""Small stacks, and losses whose curvature is known."""

import numpy as np
import pytest
import torch

from hw1.nets.dense import dense, initialise
from hw1.streams import stream
from hw1.training import stack

torch.set_num_threads(1)


def make_stack(replicas=3, widths=(5, 4), dtype=torch.float64, activation="tanh"):
    nets = [dense(widths, inputs=2, outputs=3, activation=activation).to(dtype) for _ in range(replicas)]
    for k, net in enumerate(nets):
        initialise(net, stream("measure tests", k, "init"))
    return stack(nets)


def make_data(dtype=torch.float64, n=20):
    """Inputs (n, 2), targets (n, 3) and labels (n,)."""
    rng = stream("measure tests", "data")
    x = torch.from_numpy(rng.uniform(-1, 1, (n, 2))).to(dtype)
    y = torch.sin(3 * x @ torch.from_numpy(rng.normal(size=(2, 3))).to(dtype))
    return x, y, y.argmax(1)


def make_quadratic(spectra, dtype=torch.float64):
    """A stack of one linear map per spectrum, the loss w A w / 2 of its weights w, and the matrices A."""
    nets = [dense((), inputs=len(spectrum), outputs=1).to(dtype) for spectrum in spectra]
    for k, net in enumerate(nets):
        initialise(net, stream("measure tests", k, "quadratic"))
    matrices = []
    for k, spectrum in enumerate(spectra):
        q, _ = np.linalg.qr(stream("measure tests", k, "rotation").normal(size=(len(spectrum),) * 2))
        matrices.append(q @ np.diag(spectrum) @ q.T)
    A = torch.from_numpy(np.stack(matrices)).to(dtype)

    def objective(stack):
        w, b = stack.leaves["0.weight"][:, 0], stack.leaves["0.bias"][:, 0]
        return torch.einsum("ki,kij,kj->k", w, A, w) / 2 + b**2 / 2  # the bias adds the eigenvalue 1

    return stack(nets), objective, A


class Tools:
    """The functions above, for tests that cannot import a conftest."""

    stack = staticmethod(make_stack)
    data = staticmethod(make_data)
    quadratic = staticmethod(make_quadratic)


@pytest.fixture
def tools():
    return Tools


def starts(stack, purpose="start"):
    """One normal vector per replica."""
    rngs = [stream("measure tests", k, purpose) for k in range(stack.K)]
    return stack.place(np.stack([rng.standard_normal(stack.P) for rng in rngs]))


Tools.starts = staticmethod(starts)
