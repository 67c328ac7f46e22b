"""One line makes this project's claims tests."""

pytest_plugins = ["hw1.plugin"]
