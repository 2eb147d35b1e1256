"""Compiling kernels, and reading their machine code."""
