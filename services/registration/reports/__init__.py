"""The report on a fair: its figures beside those of earlier fairs."""
