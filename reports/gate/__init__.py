"""The gate's file as tables, pages and test results."""
