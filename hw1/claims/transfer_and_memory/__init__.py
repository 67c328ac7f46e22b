"""What a net keeps of what it learned before: transfer, forgetting, warm starts, curricula, and how far it moves."""
