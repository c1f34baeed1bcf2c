"""A fair in numbers: its floor and its programme together."""
