"""Persons who are kept no longer than they are needed: listed, confirmed by the team, erased."""
