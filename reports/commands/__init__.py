"""What all command lines of this suite share, from start to exit (``reports.commands.ending``)."""
