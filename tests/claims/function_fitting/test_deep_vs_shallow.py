from hw1.claims.function_fitting.deep_vs_shallow import deeper_nets_fit_sin_better, deeper_nets_need_fewer_updates
from hw1.plugin import judges


@judges(deeper_nets_fit_sin_better)
def test_deeper_nets_fit_sin_better(verdict):
    """Three tanh layers beat one at 463 parameters."""
    assert verdict.as_registered, str(verdict)


@judges(deeper_nets_need_fewer_updates)
def test_deeper_nets_need_fewer_updates(verdict):
    """Three tanh layers are at half the variance in less than half the updates."""
    assert verdict.as_registered, str(verdict)
