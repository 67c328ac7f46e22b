"""Phenomena: grokking, lottery tickets, scaling, double descent over epochs, simplicity, collapse, few bits."""
