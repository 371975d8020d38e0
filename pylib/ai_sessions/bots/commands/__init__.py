"""The commands of bots; one is a function in a file here and a line in `table.py`."""
