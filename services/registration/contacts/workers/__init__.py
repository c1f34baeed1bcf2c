"""The background work on contacts."""
