"""Codes by which somebody shows that a phone is theirs: asked for, sent, and checked once."""
