"""The gradient's norm in training, what happens where it almost vanishes, and the curvature there."""
