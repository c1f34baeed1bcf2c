"""The rules by which booths are given, what a placement costs under them, and what it breaks."""
