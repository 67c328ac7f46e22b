"""Sums modulo a number: all pairs of residues, each as two one-hot vectors, with their sum as the class."""

from __future__ import annotations

import re

import numpy as np

from hw1.data.split import Split

__all__ = ["addition", "modulus_of"]


def addition(rng: np.random.Generator, *, modulus: int, train: int, test: int) -> Split:
    """Random split of all pairs (a, b) of residues; the class of a pair is (a + b) modulo the number.

    Pairs (a, b) and (b, a) count as two, so that one may be in the training part and the other in the test part.

    Parameters
    ----------
    rng : draws the split
    modulus : the number p, at least 2
    train, test : numbers of pairs, together at most p squared

    Returns
    -------
    Split with 2 p features, 0 or 1, of which those of a come first, and p classes

    References
    ----------
    Power et al., arXiv:2201.02177 (tables of operations as data sets); Gromov, arXiv:2301.02679 (one-hot pairs)
    """
    if modulus < 2:
        raise ValueError(f"Sums modulo {modulus} are all the same. Use a modulus of at least 2.")
    pairs = modulus**2
    if train < 1 or test < 1 or train + test > pairs:
        raise ValueError(
            f"{train} training and {test} test pairs cannot be drawn from {pairs}. Ask for at least 1 of each and "
            f"{pairs} together."
        )
    first, second = np.divmod(rng.permutation(pairs)[: train + test], modulus)
    one_hot = np.eye(modulus, dtype=np.float32)
    x = np.concatenate([one_hot[first], one_hot[second]], axis=1)
    y = ((first + second) % modulus).astype(np.int64)
    return Split(x_train=x[:train], y_train=y[:train], x_test=x[train:], y_test=y[train:], classes=modulus)


def modulus_of(data: str) -> int | None:
    """The number in the name "addition_mod_23" of a data set, from 2 up; None for another name."""
    named = re.fullmatch(r"addition_mod_([1-9]\d*)", data)
    return int(named[1]) if named and int(named[1]) > 1 else None
