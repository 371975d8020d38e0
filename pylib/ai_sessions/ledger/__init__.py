"""Budgets that several processes share: what was spent, and what calls under way may still cost."""

#: The file of `ledger.limits` below the folder of sessions; here, asking for it costs no import.
LIMITS = ".budget/limits.json"
#: There once the ledger may know limits of providers, so that who shows them need not look.
QUOTAS = ".budget/quotas"
