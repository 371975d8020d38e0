"""The verbs of the work: init, plan, implement, review, verify, status."""
