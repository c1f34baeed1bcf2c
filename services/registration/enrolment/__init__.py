"""Enrolling an organisation together with its first contact."""
