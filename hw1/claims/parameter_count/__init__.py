"""The number of parameters: what more of them do to loss and accuracy, in training and in test."""
