"""Records as programs that track conversations know them: objects made of our entries."""
