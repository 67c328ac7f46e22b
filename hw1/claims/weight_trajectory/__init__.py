"""The path of the weights through training: its principal components, and what they can and cannot tell."""
