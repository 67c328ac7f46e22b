"""Benchmarks run by `pytest benchmarks --benchmark-only`; they decide nothing."""

import pytest
import torch


@pytest.fixture(autouse=True)
def _one_thread():
    """One core: the figures are per core, and parallelism is by processes."""
    torch.set_num_threads(1)
