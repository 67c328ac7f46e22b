"""What only a GPU can show: `python -m pytest tests/gpu`. Without one, HW1_GPU_TESTS=cpu rehearses the tests."""

import os

import pytest

from hw1.machine.devices import gpus
from hw1.running.pinned import pinned


@pytest.fixture(scope="session")
def device():
    """The first GPU; the CPU where the tests are only rehearsed."""
    if os.environ.get("HW1_GPU_TESTS") == "cpu":
        return "cpu"
    if not gpus():
        pytest.skip("no CUDA GPU here; HW1_GPU_TESTS=cpu rehearses these tests on the CPU")
    return "cuda:0"


@pytest.fixture(autouse=True)
def _as_in_a_cell():
    """Precision and kernels as every result of hw1 has them."""
    with pinned():
        yield
