"""Endurance: a minute or two with -m slow; HW1_ENDURANCE=20 for the whole length, as docs/reliability.md has it."""

import os

import pytest


@pytest.fixture(scope="session")
def scale():
    """1 with -m slow; more when asked for."""
    return int(os.environ.get("HW1_ENDURANCE", "1"))


@pytest.fixture
def say(capsys):
    """Print a figure past pytest's capture."""

    def line(text):
        with capsys.disabled():
            print(f"\n{text}", flush=True)

    return line
