"""Loads the plugin, and pytest's own test helper for the tests of the plugin; the settings are in pyproject.toml."""

pytest_plugins = ["hw1.plugin", "pytester"]
