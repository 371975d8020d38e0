"""`ai-session.sh chat`: the command, its prompt, an answer that is shown as it comes."""
