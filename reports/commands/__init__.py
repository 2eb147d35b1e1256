"""How every command line of this suite begins and ends (``reports.commands.ending``)."""
