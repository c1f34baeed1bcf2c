"""Finding personal data where it must not be."""

from __future__ import annotations

import re
from dataclasses import dataclass

import asyncpg

from chassis.database import SEARCH_PATH

DIGITS = re.compile(r"(?<![0-9a-f-])\+?[0-9](?:[ .-]?[0-9]){8,14}(?![0-9a-f-])")
WORDS = re.compile(r"[^\W\d_]+(?:[' -][^\W\d_]+)*")
MIN_DIGITS = 9
"""National numbers are compared by so many last digits, so that no spelling hides one."""


@dataclass(frozen=True)
class Personal:
    """The names and phone numbers that registration holds."""

    names: frozenset[str]
    phones: frozenset[str]
    first_words: frozenset[str]
    count: int

    def stands_in(self, text: str) -> bool:
        """Whether a text carries one of the names or numbers."""
        for found in DIGITS.findall(text):
            if re.sub(r"\D", "", found)[-MIN_DIGITS:] in self.phones:
                return True
        words = set(re.findall(r"[^\W\d_]+", text))
        if self.first_words.isdisjoint(words):
            return False
        return any(name in text for name in self.names if name.split()[0] in words)


async def personal_of(registration_dsn: str) -> Personal:
    """Read the contacts that are kept now; what was erased cannot be looked for."""
    db = await asyncpg.connect(registration_dsn, server_settings={"search_path": SEARCH_PATH})
    try:
        rows = await db.fetch("select name, phone from own.contacts where name is not null")
    finally:
        await db.close()
    # A single word may be anybody's, or a product's; a name of two words is a person's.
    names = frozenset(row["name"] for row in rows if " " in row["name"])
    return Personal(
        names=names,
        phones=frozenset(re.sub(r"\D", "", row["phone"])[-MIN_DIGITS:] for row in rows),
        first_words=frozenset(name.split()[0] for name in names),
        count=len(rows),
    )
