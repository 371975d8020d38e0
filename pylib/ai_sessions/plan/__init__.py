"""The plan of a feature: its document, what is wrong with one, what comes next, what may run."""
