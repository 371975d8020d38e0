"""SDK clients whose calls are recorded: what they are asked, what they stream."""
