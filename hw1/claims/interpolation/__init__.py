"""Straight lines between weights: barriers, shared stems, permuted and rescaled units, flat and sharp ends."""
