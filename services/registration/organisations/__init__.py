"""Organisations, and of their contacts the role, the consent and the erasure."""
