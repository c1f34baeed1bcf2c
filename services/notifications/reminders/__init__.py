"""Reminders in the evening before a workshop."""
