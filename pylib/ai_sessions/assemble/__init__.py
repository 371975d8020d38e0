"""Putting the parts together from settings: a door imports the module of the part it needs."""
