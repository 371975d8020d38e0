"""A derived index over the sessions: faster lists and full-text search.

Everything in it can be made again from the journals, so it may be deleted at any time; a damaged,
busy or unwritable one is passed over, never an error.
"""
