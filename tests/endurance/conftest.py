"""Endurance: a minute or two with -m slow; HW1_ENDURANCE=20 for the whole length, as docs/reliability.md has it."""

import os

import pytest

from hw1.running.store import Store


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


@pytest.fixture
def rows():
    """The cells of a store, and their bytes."""

    def of(path):
        with Store(path, create=False) as store:
            return {key: store.row(key).tables for key in store.keys()}  # noqa: SIM118 - a store is no mapping

    return of
