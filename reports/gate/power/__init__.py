"""The gate's error rates and power, from the runs of ``bench.studies.gate_power``."""
