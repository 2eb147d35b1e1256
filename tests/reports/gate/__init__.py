"""The gate's reports."""
