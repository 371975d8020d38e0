"""The library: sessions of any Python program. Its names are those of `ai_sessions` itself."""
