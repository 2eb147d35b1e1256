"""Files that are read or refused."""
