from hw1.claims.function_fitting.square_wave import (
    deeper_nets_fit_the_square_wave_better,
    training_on_the_absolute_error_lowers_it,
)
from hw1.plugin import judges


@judges(deeper_nets_fit_the_square_wave_better)
def test_deeper_nets_fit_the_square_wave_better(verdict):
    """Four tanh layers beat one where the target jumps."""
    assert verdict.as_registered, str(verdict)


@judges(training_on_the_absolute_error_lowers_it)
def test_training_on_the_absolute_error_lowers_it(verdict):
    """Squared error is the better training loss even for the absolute error."""
    assert verdict.as_registered, str(verdict)
