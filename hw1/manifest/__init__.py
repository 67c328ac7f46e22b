"""What a run leaves behind: its records as JSON, the accounts of its experiments, the table on the terminal."""
