"""What methods and predictors share, beginning with Gaussian processes."""
