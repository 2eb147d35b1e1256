"""Reads files into tidy frames; a file of another kind is refused in one line."""
