"""`assistant.sh`: who you are to it, how its models are used, and what you ask it."""
