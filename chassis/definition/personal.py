"""Which tables hold what is personal: declared beside them, so that nothing forgets one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PersonalTable:
    """A table of the schema `own` that holds names, numbers or texts of persons.

    `maarid purge` rewrites it, and the audit finds in no other table what `persons` selects of it:
    SQL with the columns `name` and `phone`, of which either may be null.  It is empty where the
    texts of a table cannot be looked for one by one.
    """

    table: str
    persons: str = ""

    @property
    def name(self) -> str:
        """Its name with the schema."""
        return f"own.{self.table}"
