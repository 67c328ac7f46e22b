"""What a process keeps, and what it gives back."""

import resource
import sys

import numpy as np
import pytest

from hw1.running.memory import kept


@pytest.mark.skipif(sys.platform != "linux", reason="mallopt is the GNU C library's")
def test_freed_memory_is_taken_again_without_a_page_fault():
    def faults():
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(20):
            np.full(8_000_000, 1.0)  # 64 MB: 15,625 pages, mapped and given back each time where nothing is done
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    alone = faults()
    with kept():
        together = faults()
    assert together < alone / 5


def test_it_ends_with_an_error_too():
    with pytest.raises(ZeroDivisionError), kept():
        raise ZeroDivisionError
