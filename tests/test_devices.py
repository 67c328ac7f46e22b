"""A GPU is used by default when present; asking for one in vain is an error that says so."""

import pytest

from hw1.machine.devices import NoSuchDeviceError, resolve

TWO = ["NVIDIA H200", "NVIDIA A100"]


@pytest.mark.parametrize(
    ("requested", "gpu", "names", "name", "hardware"),
    [
        ("auto", False, TWO, "cuda:0", "NVIDIA H200"),
        ("auto", True, TWO, "cuda:0", "NVIDIA H200"),
        ("cuda", False, TWO, "cuda:0", "NVIDIA H200"),
        ("cuda:1", True, TWO, "cuda:1", "NVIDIA A100"),
        ("cpu", False, TWO, "cpu", None),
        ("auto", False, [], "cpu", None),
    ],
)
def test_the_device_that_is_meant(requested, gpu, names, name, hardware):
    device = resolve(requested, gpu=gpu, probe=lambda: names)
    assert device.name == name
    assert device.hardware == hardware or (hardware is None and device.hardware.startswith("cpu "))


@pytest.mark.parametrize(
    ("requested", "gpu", "names", "message"),
    [
        ("auto", True, [], "--gpu needs a CUDA GPU and torch sees none here"),
        ("cuda", False, [], "device 'cuda' needs a CUDA GPU and torch sees none here"),
        ("cuda:2", False, TWO, "no device 'cuda:2': this machine has 2 GPU, cuda:0 to cuda:1"),
        ("cpu", True, TWO, "--gpu and --hw1-device cpu contradict each other"),
        ("tpu", False, TWO, "no device 'tpu': choose auto, cpu, cuda or cuda:N"),
    ],
)
def test_a_device_that_is_not_there_is_one_clear_error(requested, gpu, names, message):
    with pytest.raises(NoSuchDeviceError, match=message):
        resolve(requested, gpu=gpu, probe=lambda: names)
