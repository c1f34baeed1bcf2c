"""Tickets, badges and certificates as they are printed."""
