"""Random labels: what a net memorises, and what that says about its test error."""
