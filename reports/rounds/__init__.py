"""What rounds say: one number per process, and what placement and neighbours did to it."""
