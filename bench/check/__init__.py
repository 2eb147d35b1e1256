"""A user's kernels held to the oracle, each in a process that may die of it, in guarded memory.

What is found wrong is told with the request that shows it.
"""
