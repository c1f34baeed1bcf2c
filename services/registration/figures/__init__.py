"""The figures of a fair: who takes part, counted."""
