"""The regression gate: is one version slower than another, and how certain is that?

``python -m bench.gate``. The machine code of both versions takes turns in one process, on the same
memory (``docs/gate.md``).
"""
