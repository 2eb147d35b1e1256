"""How every command line of this suite begins and ends (``commands.ending``)."""
