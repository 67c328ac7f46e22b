"""What a process keeps, and what it gives back."""

import subprocess
import sys

import pytest

from hw1.running.memory import kept

# In a process of its own: what one test makes the C library keep, it keeps for all tests after it.
PROGRAM = """
import resource
import numpy as np
from hw1.running.memory import kept

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        np.full(8_000_000, 1.0)  # 64 MB, mapped and given back each time where nothing is done
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

alone = faults()
with kept():
    together = faults()
assert together < alone / 5, (together, alone)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="mallopt is the GNU C library's")
def test_freed_memory_is_taken_again_without_a_page_fault():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_it_ends_with_an_error_too():
    with pytest.raises(ZeroDivisionError), kept():
        raise ZeroDivisionError
