"""Claims about optimisers."""
