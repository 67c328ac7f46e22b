"""Numbers below the least normal one, about 1e-38 in single precision, as 0 while nets train on a CPU.

Where a unit is dead its gradient is 0, and what optimizers remember of earlier ones shrinks by a tenth in each update:
after 800 it is denormal, and stays so, and a core takes some thirty times as long over such numbers. Adam's step on 2
million weights goes from 1.7 to 48 ms (one core of an Intel Xeon). GPUs compute with them at full speed.
"""

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["flushed", "flushes"]


def flushes() -> bool:
    """Whether denormal numbers are 0 in this thread: torch sets that and does not tell."""
    import torch

    least = torch.full((1,), torch.finfo(torch.float64).tiny, dtype=torch.float64, device="cpu")
    return bool(least.mul(0.5).item() == 0)


@contextmanager
def flushed() -> Iterator[None]:
    """Inside, denormal numbers are 0 in this thread, where the processor can do that; afterwards all is as it was."""
    import torch

    was = flushes()
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(was)
