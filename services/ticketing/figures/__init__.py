"""A fair in numbers: its workshops, seats, tickets and arrivals."""
