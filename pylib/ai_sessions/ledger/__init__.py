"""Budgets that several processes share: what was spent, and what calls under way may still cost."""
