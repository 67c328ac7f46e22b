"""pytest plugin: claims as tests. Load it with `pytest_plugins = ["hw1.plugin"]` in the root conftest.py."""

from hw1.plugin.hooks import (
    judges,
    pytest_collection_finish,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_report_header,
    pytest_runtest_makereport,
    pytest_runtestloop,
    pytest_sessionfinish,
    pytest_unconfigure,
    verdict,
)
from hw1.plugin.options import pytest_addoption

__all__ = [
    "judges",
    "pytest_addoption",
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_report_header",
    "pytest_runtest_makereport",
    "pytest_runtestloop",
    "pytest_sessionfinish",
    "pytest_unconfigure",
    "verdict",
]
