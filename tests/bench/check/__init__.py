"""A user's kernels and what is wrong with them."""
