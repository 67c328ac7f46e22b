"""Losses, ensembles and confidence: what a loss, several nets or a teacher add to one net and its labels."""
