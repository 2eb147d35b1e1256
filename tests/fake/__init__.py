"""Results, kits, engines and machines that are made up."""
