from hw1.claims.optimisation.batch_norm import (
    normalisation_bears_rates_that_plain_nets_do_not,
    normalisation_hurts_in_batches_of_two,
    normalisation_trains_faster_from_hes_start,
    normalisation_trains_faster_from_torchs_start,
)
from hw1.plugin import judges


@judges(normalisation_trains_faster_from_torchs_start)
def test_normalisation_trains_faster_from_torchs_start(verdict):
    """Normalisation makes up for a start that is too small."""
    assert verdict.as_registered, str(verdict)


@judges(normalisation_trains_faster_from_hes_start)
def test_normalisation_trains_faster_from_hes_start(verdict):
    """From a start of the right size there is little left to gain at one rate."""
    assert verdict.as_registered, str(verdict)


@judges(normalisation_bears_rates_that_plain_nets_do_not)
def test_normalisation_bears_rates_that_plain_nets_do_not(verdict):
    """A normalised net trains at a rate at which a plain one does not."""
    assert verdict.as_registered, str(verdict)


@judges(normalisation_hurts_in_batches_of_two)
def test_normalisation_hurts_in_batches_of_two(verdict):
    """Statistics of two examples are none."""
    assert verdict.as_registered, str(verdict)
