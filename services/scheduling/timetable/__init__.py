"""Timetables: drafts of a programme, computed, changed by hand, and published in one command."""
