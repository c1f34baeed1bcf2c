"""The background work on persons of every kind."""
