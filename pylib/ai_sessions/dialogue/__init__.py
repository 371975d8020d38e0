"""What the workflow says to a model, and how the answer is read."""
