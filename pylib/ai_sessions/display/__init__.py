"""How facts are shown: columns of a terminal, short values of a list, a conversation as a page."""
