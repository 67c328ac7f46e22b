from hw1.claims.function_fitting.frequencies import low_frequencies_are_learned_first
from hw1.plugin import judges


@judges(low_frequencies_are_learned_first)
def test_low_frequencies_are_learned_first(verdict):
    """Frequency and time to fit rise together within a seed."""
    assert verdict.as_registered, str(verdict)
