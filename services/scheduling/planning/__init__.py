"""Booths by rules: drafts that a run proposes and the team changes by hand, and what is adopted."""
