"""The one thing that a domain may import: standard library only."""
