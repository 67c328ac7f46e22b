"""What `python -m hw1` does: one file per command.

Each has `HELP`, `arguments`, which says what the command takes, and `command`, which yields the lines it prints and
returns the exit status; `STATUSES` where these mean more than in `hw1.exits`.
"""
