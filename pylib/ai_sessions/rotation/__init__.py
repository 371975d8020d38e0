"""Which model answers next: hard filters, strategies, and what each call teaches. Pure rules."""
