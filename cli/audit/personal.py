"""Finding personal data where it must not be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from chassis.replaying.rebuild import snapshot
from cli.audit.hashes import Hashes, hash_of
from cli.definitions import definition_of
from services import SERVICES

DIGITS = re.compile(r"[0-9](?:[ .-]?[0-9]){8,}")
"""Begins with what it looks for, so that most texts are passed over at once."""
NUMBER = re.compile(r"(?<![0-9a-f-])\+?[0-9](?:[ .-]?[0-9]){8,14}(?![0-9a-f-])")
IDS = re.compile(r'"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"')
"""Whole ids, the greater part of most events: they are left out before digits are looked for."""
WORDS = re.compile(r"\w+")
MIN_DIGITS = 9
"""National numbers are compared by so many last digits, so that no spelling hides one."""
LONGEST_NAME = 12
"""Words of a name that are looked for; the rest of a longer one is left out."""

EXISTS = "select to_regclass($1) is not null"
PUBLIC = """
select data->>'name' as name from log.events
 where type in ('organisation_enrolled.v1', 'organisation_corrected.v1')
"""


@dataclass
class Personal:
    """The names and phone numbers that registration holds, as hashes."""

    names: Hashes = field(default_factory=Hashes)
    phones: Hashes = field(default_factory=Hashes)
    public: set[int] = field(default_factory=set[int])
    """Names of persons that stand in the public name of an organisation as well: a cooperative
    that is called after its president tells nothing that is not known."""
    lengths: set[int] = field(default_factory=set[int])
    """How many words the names have."""
    count: int = 0

    def add(self, name: str | None, phone: str | None) -> None:
        """Look for a person from now on."""
        self.count += name is not None
        if phone is not None and (digits := _national(phone)):
            self.phones.add(hash_of(digits))
        # A single word may be anybody's, or a product's; a name of two words is a person's.
        if (
            name is not None
            and " " in name.strip()
            and (words := WORDS.findall(name)[:LONGEST_NAME])
        ):
            self.names.add(hash_of(" ".join(words)))
            self.lengths.add(len(words))

    def allow(self, text: str) -> None:
        """Whatever names stand in this text are public."""
        self.public.update(found for found in self._names_in(text) if found in self.names)

    def stands_in(self, text: str) -> bool:
        """Whether a text carries one of the names or numbers."""
        rest = IDS.sub("", text)
        if DIGITS.search(rest):
            for found in NUMBER.findall(rest):
                if hash_of(_national(found)) in self.phones:
                    return True
        # Most texts are ids and codes.
        if " " not in text or not self.lengths:
            return False
        return any(
            found in self.names and found not in self.public for found in self._names_in(text)
        )

    def _names_in(self, text: str) -> Iterator[int]:
        """The hashes of all runs of words that are as long as a name."""
        words = WORDS.findall(text)
        for length in self.lengths:
            for begin in range(len(words) - length + 1):
                yield hash_of(" ".join(words[begin : begin + length]))


def _national(phone: str) -> str:
    return re.sub(r"\D", "", phone)[-MIN_DIGITS:]


async def personal_of(owner_dsn: Mapping[str, str]) -> Personal:
    """Read the persons that are kept now, in whatever table; what was erased cannot be looked for.

    Whoever is kept in several tables is looked for once.
    """
    personal = Personal()
    for service in SERVICES:
        async with snapshot(owner_dsn[service]) as db:
            for kept in definition_of(service).personal:
                if kept.persons and await db.fetchval(EXISTS, kept.name):
                    async for row in db.cursor(kept.persons, prefetch=2000):
                        personal.add(row["name"], row["phone"])
    async with snapshot(owner_dsn["registration"]) as db:
        async for row in db.cursor(PUBLIC, prefetch=2000):
            spelt: dict[str, Any] = orjson.loads(row["name"])
            for text in filter(None, spelt.values()):
                personal.allow(text)
    return personal
