"""Many machines: hosts.toml, parcels, visits, what comes back, and whole fleets on this one."""
