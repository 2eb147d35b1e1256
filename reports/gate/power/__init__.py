"""How often the gate erred and what it found, from the runs of ``bench.studies.gate_power``."""
