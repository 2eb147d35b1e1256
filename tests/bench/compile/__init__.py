"""Kernels made and kept."""
