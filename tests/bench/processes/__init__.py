"""What is measured next, and when a run ends."""
