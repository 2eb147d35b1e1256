"""A user's kernels held to the oracle, each in a process that may die of it, in guarded memory.

A fault is reported with the request that shows it.
"""
