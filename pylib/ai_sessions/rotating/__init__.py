"""The line for `--model auto`: which model is asked next, and what is said when none answers."""
