"""Another repository's conftest: one line."""

pytest_plugins = ["hw1.plugin"]
