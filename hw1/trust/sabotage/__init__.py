"""Sabotage: what stays green where training, data or arms are broken on purpose, and why it may."""
