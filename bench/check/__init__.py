"""A user's kernels checked by the oracle, in guarded memory and in processes that may crash.

A fault is reported with the request that shows it.
"""
