"""From result files to pages."""
