"""The A/A twin of a score: every arm is one and the same, so there is no effect."""

from dataclasses import replace

import numpy as np
import pandas as pd

from hw1.statistics.score import Score

# Kinds of which "the arms (or items) do not differ" is a null. Of `within` that is the claim itself, and `above` and
# `below` compare one arm with a number.
EXCHANGED = ("less", "trend", "peak", "associated")


def same_arms(score: Score) -> Score | None:
    """The score of a claim whose arms are replicates of one; None for kinds without such a twin.

    The replicates are one arm's runs on other seeds: on seed i, arm j has the result of seed i + j (around the end).
    Of the arms that one is taken whose results differ most from seed to seed, as an arm that saturates ties with
    itself. For items, the second column of each seed is put in a random order.

    Of exchangeable seeds about half show a difference in each direction, in a number that varies less than a binomial
    one, as what one seed gains its neighbour loses: a sound score then holds more rarely than alpha.
    """
    if score.kind not in EXCHANGED:
        return None
    candidates = tuple(_twin(part) for part in score.candidates)
    return replace(_twin(score), candidates=candidates)


def _twin(part: Score) -> Score:
    values = part.matrix.to_numpy()
    if part.relabelled is not None:
        same = part.relabelled()[:, 0]
    else:
        distinct = [len(np.unique(column)) for column in values.T]
        one = values[:, int(np.argmax(distinct))]
        same = np.stack([np.roll(one, -j) for j in range(values.shape[1])], axis=1)
    return replace(part, matrix=pd.DataFrame(same, index=part.matrix.index, columns=part.matrix.columns))
