"""hw1: the claims of a first deep-learning course as statistical tests that can fail."""
