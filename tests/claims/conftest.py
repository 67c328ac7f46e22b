"""Claims are judged from one store for the whole run."""

import pytest


@pytest.fixture
def connections_end_with_their_test():
    """The run's store is opened by the first test that asks for it and serves all others."""
