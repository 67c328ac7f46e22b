"""Whether seeds lean one way together, over all claims at once: an exact test of exchangeable environments."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from hw1.comparison.claims import Compared
from hw1.streams import stream

DRAWS = 9_999  # p is at least 1e-4, a tenth of the level at which a movement is said

Record = Mapping[str, Any]
Pair = tuple[Record, Record]
Floats = NDArray[np.float64]


def together(found: Iterable[Compared], draws: int = DRAWS) -> float:
    """p-value of the hypothesis that two environments are exchangeable, seed by seed, in all claims at once.

    On equal seeds each seed's differences change sign together, those of all claims of an experiment; on other seeds
    the labels of the two environments are dealt anew within each experiment. The statistic is the sum over claims of
    the squared lean, each divided by its variance. Nothing is assumed about distributions, or about claims that share
    nets; experiments share no random number. By Monte Carlo, so that p <= alpha with probability alpha at most.

    Parameters
    ----------
    found : claims of two environments each; those that cannot be compared say nothing
    draws : of signs or labels; the same ones for the same claims

    Returns
    -------
    in (0, 1]; 1 where no seed moved
    """
    groups: dict[str, list[Pair]] = {}
    for one in found:
        if one.changes:
            before, after = one.records.values()
            groups.setdefault(one.key[1], []).append((before, after))
    seen, null = 0.0, np.zeros(draws)
    for name, pairs in sorted(groups.items()):
        here, there = _lean(pairs, draws, stream("together", name))
        seen, null = seen + here, null + there
    # Sums of the same numbers in another order differ by rounding: such draws count as equal, against a movement.
    return float((1 + (null >= seen * (1 - 1e-9)).sum()) / (draws + 1))


def _lean(pairs: Sequence[Pair], draws: int, rng: np.random.Generator) -> tuple[float, Floats]:
    """The statistic of one experiment's claims, and what it is in each draw."""
    before, after = pairs[0]
    if before["revision"] == after["revision"] and all(set(b["scores"]) & set(a["scores"]) for b, a in pairs):
        signs = _signs(pairs)
        weights, labels = signs, rng.choice([-1.0, 1.0], size=(draws, signs.shape[1]))
        here, variance = np.ones(signs.shape[1]), np.abs(signs).sum(1)
    else:
        weights, here = _ranks(pairs)
        labels = rng.permuted(np.tile(here, (draws, 1)), axis=1)
        n, m = len(here), int(here.sum())
        variance = (weights**2).sum(1) * m * (n - m) / (n * (n - 1))
    moved = variance > 0
    weights, variance = weights[moved], variance[moved]
    return float(((weights @ here) ** 2 / variance).sum()), ((labels @ weights.T) ** 2 / variance).sum(1)


def _signs(pairs: Sequence[Pair]) -> Floats:
    """Of each claim's change on each seed, (claims, seeds): 0 where it did not move, or is not in both."""
    seeds = list(dict.fromkeys(seed for before, _ in pairs for seed in before["scores"]))
    return np.array([[_sign(before["scores"], after["scores"], seed) for seed in seeds] for before, after in pairs])


def _sign(before: Mapping[str, float], after: Mapping[str, float], seed: str) -> float:
    if seed not in before or seed not in after or before[seed] == after[seed]:
        return 0.0
    return 1.0 if after[seed] > before[seed] else -1.0


def _ranks(pairs: Sequence[Pair]) -> tuple[Floats, Floats]:
    """Centred ranks of the scores of both, (claims, seeds); and which seeds are those of the second.

    Claims of an experiment that took more looks than others are read on the seeds that all have.
    """
    parts = [list(_shared(records)) for records in zip(*pairs, strict=True)]
    scores = [[one["scores"][seed] for one, seeds in zip(pair, parts, strict=True) for seed in seeds] for pair in pairs]
    ranks = scipy.stats.rankdata(np.array(scores, dtype=float), axis=1)
    of_second = np.repeat([0.0, 1.0], [len(seeds) for seeds in parts])
    return ranks - ranks.mean(1, keepdims=True), of_second


def _shared(records: Sequence[Record]) -> Iterator[str]:
    return (seed for seed in records[0]["scores"] if all(seed in one["scores"] for one in records))
