"""Every layout's kernels against the model and the oracle."""
