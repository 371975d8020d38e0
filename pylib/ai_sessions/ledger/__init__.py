"""Budgets that several processes share: what was spent, and what calls under way may still cost."""

#: The file of `ledger.limits` below the folder of sessions; here, asking for it costs no import.
LIMITS = ".budget/limits.json"
