"""Worker processes: which comes next, when a run is over, and what each one left."""
