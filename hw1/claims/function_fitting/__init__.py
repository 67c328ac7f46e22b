"""Fitting a function of one variable: depth, activation, loss, frequency."""
