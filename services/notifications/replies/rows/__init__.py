"""Rows of what comes in: the inbox, and the answers of contacts."""
