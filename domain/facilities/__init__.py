"""Facilities: the hospitals and clinics of the network, and the registers they come from."""
