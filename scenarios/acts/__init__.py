"""The acts of a play, in the order in which a fair goes."""
