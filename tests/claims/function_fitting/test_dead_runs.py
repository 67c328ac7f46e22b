from hw1.claims.function_fitting.dead_runs import thirty_narrow_layers_do_not_train
from hw1.plugin import judges


@judges(thirty_narrow_layers_do_not_train)
def test_thirty_narrow_layers_do_not_train(verdict):
    """Thirty layers of four ReLU units stay where they began."""
    assert verdict.as_registered, str(verdict)
