"""The assistant that knows who asks: a profile, statistics of models, and which one is next."""
