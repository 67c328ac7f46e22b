"""From a question to its verdict: its cells, their score, the decision; and claims in your own setting."""
