"""What is measured of nets that are trained or in training, one file per topic."""
