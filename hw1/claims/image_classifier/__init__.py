"""An image classifier: what convolution, pooling, depth, nonlinearity and regularisation do."""
