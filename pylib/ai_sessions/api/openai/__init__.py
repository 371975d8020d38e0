"""What clients of OpenAI's chat completions ask, answered by our sessions."""
