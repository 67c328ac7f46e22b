"""A GPU is used by default when present; asking for one in vain is an error that says so."""

import os
import subprocess
import sys
from pathlib import Path

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
        ("auto", True, [], r"--gpu needs a CUDA GPU and torch sees none here \(no worker of the cluster has one\)"),
        ("cuda", False, [], "device 'cuda' needs a CUDA GPU and torch sees none here"),
        ("cuda:2", False, TWO, "no device 'cuda:2': this machine has 2 GPU, cuda:0 to cuda:1"),
        ("cpu", True, TWO, "--gpu and --hw1-device cpu contradict each other"),
        ("tpu", False, TWO, "no device 'tpu': choose auto, cpu, cuda or cuda:N"),
    ],
)
def test_a_device_that_is_not_there_is_one_clear_error(requested, gpu, names, message):
    with pytest.raises(NoSuchDeviceError, match=message):
        resolve(requested, gpu=gpu, probe=lambda: names)


@pytest.mark.parametrize(
    ("driver", "cuda", "visible", "reason"),
    [
        (False, "13.0", None, "no NVIDIA driver is installed"),
        (True, None, None, "is a build without CUDA"),
        (True, "13.0", "", "CUDA_VISIBLE_DEVICES is '', which may hide it"),
        (True, "13.0", "7", "CUDA_VISIBLE_DEVICES is '7', which may hide it"),
        (True, "13.0", None, "none for CUDA 13.0 or no GPU: see nvidia-smi"),
    ],
)
def test_why_torch_sees_no_gpu_is_told(driver, cuda, visible, reason, monkeypatch):
    monkeypatch.setattr("hw1.machine.devices.gpus", list)
    monkeypatch.setattr("hw1.machine.devices._driver", lambda: driver)
    monkeypatch.setattr("torch.version.cuda", cuda)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    with pytest.raises(NoSuchDeviceError, match=reason):
        resolve("auto", gpu=True)
    assert resolve("auto").name == "cpu"


@pytest.mark.slow
def test_the_tests_of_a_gpu_are_rehearsed_on_the_cpu():
    """They are skipped where there is no GPU, and would rot."""
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/gpu"],
        cwd=root,
        env={**os.environ, "HW1_GPU_TESTS": "cpu", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout
