"""Intakes and their rows: tables `own.intakes` and `own.intake_rows`, kept for 14 days.

They hold names and phones: no event, log line or job has them.  The file itself is gone once it has
been read.
"""

from chassis.definition.personal import PersonalTable

DAYS = 14
"""How long an intake is kept."""
PATIENCE = 3.0
"""Seconds for the keys of organisations to follow the log, before rows are compared."""
PORTION = 500
"""Rows that are read or written at once."""

TABLES = (
    PersonalTable("intakes"),
    PersonalTable(
        "intake_rows",
        "select given -> 'contact' ->> 'name' as name, phone from own.intake_rows"
        " where phone is not null",
    ),
)
"""What is personal; of a file that is still to be read nothing can be looked for."""
