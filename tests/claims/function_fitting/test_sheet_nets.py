from hw1.claims.function_fitting.sheet_nets import (
    the_sheets_deep_net_fits_a_fast_sine_better,
    the_sheets_deep_net_fits_a_slow_sine_better,
    the_sheets_deep_net_fits_sinc_better,
)
from hw1.plugin import judges


@judges(the_sheets_deep_net_fits_a_fast_sine_better)
def test_the_sheets_deep_net_fits_a_fast_sine_better(verdict):
    """Seven ReLU layers do not beat one on sin 5 pi x."""
    assert verdict.as_registered, str(verdict)


@judges(the_sheets_deep_net_fits_sinc_better)
def test_the_sheets_deep_net_fits_sinc_better(verdict):
    """Seven ReLU layers do not beat one on sinc."""
    assert verdict.as_registered, str(verdict)


@judges(the_sheets_deep_net_fits_a_slow_sine_better)
def test_the_sheets_deep_net_fits_a_slow_sine_better(verdict):
    """Seven ReLU layers do not beat one on sin 2 pi x."""
    assert verdict.as_registered, str(verdict)
