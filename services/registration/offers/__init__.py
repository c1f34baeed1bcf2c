"""Offers of places that were given back: their deadlines, their answers, and who is not reached."""
