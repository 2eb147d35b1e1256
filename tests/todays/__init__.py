"""Today's rings against models and oracles of their own."""
