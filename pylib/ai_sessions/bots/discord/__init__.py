"""Discord, over discord.py: the one folder that imports it."""
