"""Repairs that are offered: drafts that nobody asked for, after somebody came late or went."""
