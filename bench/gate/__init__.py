"""The regression gate: is what stands in one version slower than in another, and how sure is that?

``python -m bench.gate``. Both versions' machine code runs in one process, in turns, on the same
memory (``docs/gate.md``).
"""
