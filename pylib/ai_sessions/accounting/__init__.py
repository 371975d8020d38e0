"""Money and tokens by rule: what a call costs, what was spent, saved and may still be spent."""
