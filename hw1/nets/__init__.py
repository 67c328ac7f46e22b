"""Nets, one file a kind, and the layers that are random in training."""
