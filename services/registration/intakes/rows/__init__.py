"""Intakes and their rows: tables `own.intakes` and `own.intake_rows`, kept for 14 days.

They hold names and phones: no event, log line or job has them.  The file itself is gone once it has
been read.
"""

DAYS = 14
"""How long an intake is kept."""
PATIENCE = 3.0
"""Seconds for the keys of organisations to follow the log, before rows are compared."""
PORTION = 500
"""Rows that are read or written at once."""
