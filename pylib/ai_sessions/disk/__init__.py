"""The lowest edge: safe files and kernel locks, knowing nothing of sessions."""
