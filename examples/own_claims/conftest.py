"""This one line turns the project's claims into tests."""

pytest_plugins = ["hw1.plugin"]
