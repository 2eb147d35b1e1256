"""Kernels made once, approved by the oracle, and handed on as bytes."""
