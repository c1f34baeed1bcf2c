"""Copies of what registration knows of persons: names alone, for badges and certificates."""
