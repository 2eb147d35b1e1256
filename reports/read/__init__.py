"""From files to tidy frames; a file that is none of ours is refused in one line."""
