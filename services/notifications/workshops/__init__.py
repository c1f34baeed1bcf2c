"""Workshops and who has a seat, as ticketing publishes them."""
