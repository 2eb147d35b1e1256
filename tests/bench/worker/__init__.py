"""One measuring process."""
