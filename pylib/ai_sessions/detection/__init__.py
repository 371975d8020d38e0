"""How a repository runs its tests and prepares a fresh checkout, read from its own files."""
