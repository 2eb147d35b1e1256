"""What is measured next, and when it is enough."""
