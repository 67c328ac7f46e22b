from hw1.claims.optimisation.starts import (
    hes_start_keeps_the_signal_of_a_relu_net,
    relu_nets_train_faster_from_hes_start_than_from_xaviers,
    six_relu_layers_need_a_larger_start_than_torchs,
    tanh_nets_train_faster_from_xaviers_start_than_from_hes,
    two_relu_layers_need_a_larger_start_than_torchs,
    weights_of_zero_never_train,
)
from hw1.plugin import judges


@judges(weights_of_zero_never_train)
def test_weights_of_zero_never_train(verdict):
    """Units that start alike, and at nothing, learn nothing."""
    assert verdict.as_registered, str(verdict)


@judges(six_relu_layers_need_a_larger_start_than_torchs)
def test_six_relu_layers_need_a_larger_start_than_torchs(verdict):
    """Torch's default start leaves six ReLU layers on their plateau."""
    assert verdict.as_registered, str(verdict)


@judges(two_relu_layers_need_a_larger_start_than_torchs)
def test_two_relu_layers_need_a_larger_start_than_torchs(verdict):
    """Two layers train from the default start, only slower."""
    assert verdict.as_registered, str(verdict)


@judges(relu_nets_train_faster_from_hes_start_than_from_xaviers)
def test_relu_nets_train_faster_from_hes_start_than_from_xaviers(verdict):
    """He's start is the better one for ReLU."""
    assert verdict.as_registered, str(verdict)


@judges(tanh_nets_train_faster_from_xaviers_start_than_from_hes)
def test_tanh_nets_train_faster_from_xaviers_start_than_from_hes(verdict):
    """He's start trains tanh faster, too."""
    assert verdict.as_registered, str(verdict)


@judges(hes_start_keeps_the_signal_of_a_relu_net)
def test_hes_start_keeps_the_signal_of_a_relu_net(verdict):
    """From He's start signals neither vanish nor explode."""
    assert verdict.as_registered, str(verdict)
