"""Sensitivity and batch size: how far outputs move with the input, and what the size of a batch has to do with it."""
