"""Entry point for chat services: the same sessions from Telegram and Discord."""
