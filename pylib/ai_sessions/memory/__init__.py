"""Rules of a conversation's memory: what a model is told of it, and what stands in older messages'
place. Pure: a model, an index and the log's messages come in as arguments.
"""
