"""Chances by hand, against scipy."""

import numpy as np
import pytest
from scipy import optimize, stats

from hw1.statistics.chances import beta_binomial, binomial, crossing


@pytest.mark.parametrize("n", [1, 12, 24, 96])
@pytest.mark.parametrize("p", [0.01, 0.5, 0.9])
def test_the_binomial_is_scipys(n, p):
    np.testing.assert_allclose(binomial(n, p), stats.binom.pmf(np.arange(n + 1), n, p), rtol=1e-11)


@pytest.mark.parametrize("n", [1, 12, 48, 400])
@pytest.mark.parametrize(("a", "b"), [(0.5, 96.5), (96.5, 0.5), (3.5, 21.5), (40.5, 40.5)])
def test_the_beta_binomial_is_scipys(n, a, b):
    np.testing.assert_allclose(beta_binomial(n, a, b), stats.betabinom.pmf(np.arange(n + 1), n, a, b), rtol=1e-9)


@pytest.mark.parametrize("root", [0.0, 1e-9, 0.3, 1.0])
def test_a_crossing_is_scipys_root(root):
    found = crossing(lambda x: x**3 - root**3, 0.0, 1.0)
    assert found == pytest.approx(optimize.brentq(lambda x: x**3 - root**3, 0.0, 1.0, xtol=1e-13), abs=2e-12)
