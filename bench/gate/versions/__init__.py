"""Two versions of the code, from git to machine code side by side."""
