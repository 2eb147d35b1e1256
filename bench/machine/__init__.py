"""The state of a machine before a run (``checks``), and what disturbs each process (``changes``).

Each check returns what it found and what to do about it. What cannot be read is unknown, never
fine. All files are read below ``MachineFiles.root``.
"""
