"""Optimisation: momentum, rates and schedules, order, inputs, starts, depth, skips and normalisation."""
