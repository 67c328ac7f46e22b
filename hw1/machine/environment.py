"""What a result was made with: the versions in a store's key, and the facts a report shows. torch is not imported."""

import os
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hw1.machine.cores import cores

# These change numbers, so they are part of every key; the others (pandas, matplotlib) only format them.
COMPUTING = ("torch", "numpy", "scipy", "scikit-learn")

# These change numbers, too: which instructions kernels use, and whether float32 is multiplied as float32.
VARIABLES = (
    "ATEN_CPU_CAPABILITY",
    "CUBLAS_WORKSPACE_CONFIG",
    "DISABLE_ADDMM_CUDA_LT",
    "DNNL_DEFAULT_FPMATH_MODE",
    "DNNL_MAX_CPU_ISA",
    "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS",
    "NPY_DISABLE_CPU_FEATURES",
    "NPY_ENABLE_CPU_FEATURES",
    "NVIDIA_TF32_OVERRIDE",
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "ONEDNN_MAX_CPU_ISA",
    "OPENBLAS_CORETYPE",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
    "TORCH_BLAS_PREFER_CUBLASLT",
    "TORCH_LINALG_PREFER_CUSOLVER",
)


def variables() -> dict[str, str]:
    """Those that are set here, of the variables of the process's environment that change numbers."""
    return {name: os.environ[name] for name in VARIABLES if name in os.environ}


@cache
def versions() -> Mapping[str, str]:
    """Versions of Python and of the packages that compute."""
    return {"python": platform.python_version(), **{name: _version(name) for name in COMPUTING}}


def facts() -> dict[str, object]:
    """The machine and the software, for manifests and reports; builtins only."""
    return {
        **versions(),
        "hw1": _version("hw1"),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": cores(),
        **variables(),
    }


def computed_with() -> str:
    """What numbers depend on to the last bit, in one line: the processor, and the versions that compute."""
    return ", ".join([_processor(), *(f"{name} {version}" for name, version in versions().items())])


def made_with() -> str:
    """The machine and the software in a few words, for pages that are committed."""
    seen = facts()
    return f"torch {seen['torch']}, Python {seen['python']}, {seen['processor']}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"
