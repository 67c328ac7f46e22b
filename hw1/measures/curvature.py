"""Curvature of the loss: Hessian-vector products, the largest eigenvalue, and the whole Hessian of a small net.

All replicas of a stack at once: replica k's Hessian is the one of its own loss in its own weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from hw1.measures.gradients import Objective
from hw1.training import Stack

__all__ = ["Inertia", "Top", "hessian", "hessian_product", "inertia", "largest_eigenvalue", "sharpness"]

Product = Callable[[Tensor], Tensor]  # (K, P) vectors to their products with K symmetric matrices


def hessian_product(stack: Stack, objective: Objective) -> Product:
    """Hessian-vector products at the stack's present weights, by differentiating twice (Pearlmutter 1994).

    The first derivative is taken once and kept with its graph, so a product costs one backward pass. It is about the
    weights as they were: after an update, ask for a new one (torch does not notice that its fused optimizers and ours
    have overwritten them, and would answer something between old and new).

    Returns
    -------
    function of (K, P) that gives (K, P), in units of loss per squared unit of weight

    References
    ----------
    Pearlmutter, Neural Computation 6:147, 1994, doi:10.1162/neco.1994.6.1.147
    """
    with torch.enable_grad():
        gradient = stack.gradient(objective(stack), create_graph=True)

    def product(vectors: Tensor) -> Tensor:
        with torch.enable_grad():
            return stack.gradient((gradient * vectors).sum(1), retain_graph=True)

    return product


@dataclass(frozen=True, kw_only=True, eq=False)
class Top:
    """Largest eigenvalue of each of K symmetric matrices.

    `value`: (K,), +inf where the matrix is not finite; `vector`: (K, P) of length 1; `residual`: (K,), the norm of
    A v - value v, within which there is an eigenvalue; `converged`: (K,), whether it is at most tolerance * |value|.
    """

    value: Tensor
    vector: Tensor
    residual: Tensor
    converged: Tensor


def largest_eigenvalue(
    product: Product, start: Tensor, *, iterations: int = 60, tolerance: float = 1e-2, every: int = 10
) -> Top:
    """The algebraically largest eigenvalue by Lanczos with full reorthogonalisation, for K matrices at once.

    Parameters
    ----------
    product : e.g. `hessian_product(stack, objective)`
    start : (K, P), drawn from a named stream; an eigenvector without any share in it is never found
    iterations : at most this many products (and one for the residual); P are enough for an exact answer
    tolerance : of the residual, relative to the eigenvalue. The value's own error is smaller, of the order of the
        residual's square over the distance to the next eigenvalue
    every : iterations between two checks of whether all have converged: each is a host sync

    References
    ----------
    Golub and Van Loan, Matrix Computations, 4th edition, 2013, sections 10.1 and 10.3
    """
    if iterations < 1 or not 0 < tolerance < 1:
        raise ValueError(
            f"iterations={iterations}, tolerance={tolerance} cannot find anything. Use 1 or more, and 0 to 1."
        )
    steps = min(iterations, start.shape[1])
    krylov = _Krylov(start, steps)
    for step in range(steps):
        krylov.extend(product)
        if step + 1 == steps or (step + 1) % every == 0:
            krylov.solve()
            if bool((krylov.residual() <= tolerance * krylov.value().abs()).all()):
                break
    value, vector = krylov.value(), krylov.vector()
    residual = torch.linalg.vector_norm(product(vector) - value[:, None] * vector, dim=1)
    finite = torch.isfinite(residual)
    residual = torch.where(finite, residual, torch.inf)
    return Top(value=value, vector=vector, residual=residual, converged=finite & (residual <= tolerance * value.abs()))


class _Krylov:
    """Orthonormal bases of K Krylov spaces, and the tridiagonal matrices of the products in them."""

    def __init__(self, start: Tensor, size: int) -> None:
        self.basis = start.new_zeros(start.shape[0], size, start.shape[1])
        self.diagonal, self.beside = start.new_zeros(2, start.shape[0], size).unbind(0)
        self.size = 0
        self._next = start / torch.linalg.vector_norm(start, dim=1, keepdim=True)

    def extend(self, product: Product) -> None:
        j, q = self.size, self._next
        self.basis[:, j] = q
        image = product(q)
        # An exhausted space has q = 0. Its row gets a number below the first Rayleigh quotient, and is never on top.
        used = (q != 0).any(1)
        first = self.diagonal[:, 0]
        self.diagonal[:, j] = torch.where(used, (image * q).sum(1), first - first.abs() - 1)
        done = self.basis[:, : j + 1]
        for _ in range(2):  # twice is enough (Parlett and Kahan)
            image = image - _combined(done, _products(done, image))
        length = torch.linalg.vector_norm(image, dim=1)
        scale = torch.maximum(self.diagonal[:, : j + 1].abs().amax(1), self.beside[:, : j + 1].amax(1))
        fresh = used & ~(length <= 100 * torch.finfo(image.dtype).eps * scale)
        self.beside[:, j] = torch.where(fresh, length, 0.0)
        self._next = torch.where(fresh[:, None], image / length[:, None], 0.0)
        self.size = j + 1

    def solve(self) -> None:
        """Eigenvalues of the matrices so far, which `value`, `residual` and `vector` are about."""
        m = self.size
        tridiagonal = torch.diag_embed(self.diagonal[:, :m])
        if m > 1:
            off = self.beside[:, : m - 1]
            tridiagonal = tridiagonal + torch.diag_embed(off, 1) + torch.diag_embed(off, -1)
        self._finite = torch.isfinite(tridiagonal).all(2).all(1)
        values, vectors = torch.linalg.eigh(torch.where(self._finite[:, None, None], tridiagonal, 0.0))
        self._value, self._ritz = values[:, -1], vectors[:, :, -1]

    def value(self) -> Tensor:
        return torch.where(self._finite, self._value, torch.inf)

    def residual(self) -> Tensor:
        return torch.where(self._finite, self.beside[:, self.size - 1] * self._ritz[:, -1].abs(), torch.inf)

    def vector(self) -> Tensor:
        vector = _combined(self.basis[:, : self.size], self._ritz)
        length: Tensor = torch.linalg.vector_norm(vector, dim=1, keepdim=True)
        return vector / length


# Rows of one vector each: as products with columns, or by einsum, both take four times as long on a CPU.
def _products(basis: Tensor, vectors: Tensor) -> Tensor:
    """Products (K, j) of j basis vectors (K, j, P) with a vector each, (K, P)."""
    return torch.bmm(vectors[:, None], basis.transpose(1, 2))[:, 0]


def _combined(basis: Tensor, shares: Tensor) -> Tensor:
    """Sums (K, P) of the basis vectors (K, j, P) times their shares (K, j)."""
    return torch.bmm(shares[:, None], basis)[:, 0]


def sharpness(
    stack: Stack, objective: Objective, start: Tensor, *, iterations: int = 60, tolerance: float = 1e-2
) -> Top:
    """Largest eigenvalue of the loss's Hessian at the stack's present weights; see `largest_eigenvalue`."""
    return largest_eigenvalue(hessian_product(stack, objective), start, iterations=iterations, tolerance=tolerance)


def hessian(stack: Stack, objective: Objective, *, rows_at_once: int = 256) -> Tensor:
    """The whole Hessian of each replica, (K, P, P), symmetric to the last bit; for nets of some hundred parameters.

    Parameters
    ----------
    rows_at_once : second derivatives that are taken in one pass; it bounds the memory
    """
    with torch.enable_grad():
        gradient = stack.gradient(objective(stack), create_graph=True)
        unit = torch.eye(stack.P, dtype=stack.dtype, device=stack.device)
        parts = [_rows(stack, gradient, rows) for rows in torch.split(unit, rows_at_once)]
    full = torch.cat(parts).transpose(0, 1)
    return (full + full.transpose(1, 2)) / 2


def _rows(stack: Stack, gradient: Tensor, rows: Tensor) -> Tensor:
    """Rows of all Hessians, (rows, K, P), in one batched backward pass."""
    along = rows[:, None, :].expand(-1, stack.K, -1)
    parts = torch.autograd.grad(
        gradient, tuple(stack.leaves.values()), along, is_grads_batched=True, retain_graph=True, materialize_grads=True
    )
    return torch.cat([part.reshape(len(rows), stack.K, -1) for part in parts], dim=2)


@dataclass(frozen=True, kw_only=True, eq=False)
class Inertia:
    """Numbers of positive, zero and negative eigenvalues, int64 (K,) each, and the eigenvalues, (K, P), ascending."""

    positive: Tensor
    zero: Tensor
    negative: Tensor
    eigenvalues: Tensor


def inertia(matrices: Tensor, *, tolerance: float) -> Inertia:
    """Signs of the eigenvalues of K symmetric matrices (K, P, P).

    Parameters
    ----------
    tolerance : an eigenvalue counts as zero when its size is at most this share of the largest one's. float64 resolves
        about 1e-15 of it, so 1e-10 separates what is there from rounding; an exact zero of a net (two hidden units that
        do the same) is found at 1e-16 to 1e-18 of the largest
    """
    if matrices.dtype != torch.float64:
        raise ValueError(f"{matrices.dtype} cannot tell small eigenvalues from rounding. Build the nets in float64.")
    values = torch.linalg.eigvalsh(matrices)
    zero = values.abs() <= tolerance * values.abs().amax(1, keepdim=True)
    return Inertia(
        positive=(~zero & (values > 0)).sum(1),
        zero=zero.sum(1),
        negative=(~zero & (values < 0)).sum(1),
        eigenvalues=values,
    )
