"""Drawings of floors: read, checked for faults, and drawn again as pictures for people."""
