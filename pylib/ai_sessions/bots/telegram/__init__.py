"""Telegram: its adapter over python-telegram-bot."""
