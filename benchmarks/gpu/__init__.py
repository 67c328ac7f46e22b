"""What a GPU can show, by one command that can be stopped and goes on: `python -m benchmarks.gpu --help`."""
