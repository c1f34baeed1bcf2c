"""Made-up contact persons, with phone numbers that nobody is known to have."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import TypeVar

from maarid_contracts.registration import Channel, Language

from scenarios import words
from scenarios.cast import Contact
from scenarios.model import Contacts

Key = TypeVar("Key")

_SECOND = {
    Language.ARABIC: Language.FRENCH,
    Language.FRENCH: Language.ARABIC,
    Language.TAMAZIGHT: Language.ARABIC,
    Language.ENGLISH: Language.FRENCH,
}


class People:
    """Makes up one contact after the other, from one seed.

    Phone numbers are counted up from +2126 0000 0000: valid for a Moroccan mobile phone, and at
    one glance made up.
    """

    def __init__(self, seed: str, contacts: Contacts) -> None:
        self._random = Random(f"{seed}/people")
        self._contacts = contacts
        self._count = 0

    def contact(
        self, role: str, *, woman: bool | None = None, language: Language | None = None
    ) -> Contact:
        """Another person; gender and language are drawn where they are not given."""
        random, contacts = self._random, self._contacts
        if woman is None:
            woman = random.random() < 0.5
        speaks = drawn(random, contacts.languages)
        name = self._name(woman, language or speaks)
        channel = Channel.WHATSAPP if random.random() < contacts.whatsapp else Channel.SMS
        consent = random.random() < contacts.consent
        return self._numbered(name, language or speaks, channel, consent, role)

    def from_abroad(self, role: str, language: Language) -> Contact:
        """A person who comes with a delegation, and is reached on a Moroccan number while here."""
        name = words.persons().abroad[self._count % len(words.persons().abroad)]
        return self._numbered(name, language, Channel.WHATSAPP, True, role)

    def _numbered(
        self, name: str, language: Language, channel: Channel, consent: bool, role: str
    ) -> Contact:
        number = f"+21260000{self._contacts.phone_block}{self._count:03d}"
        self._count += 1
        return Contact(name, number, language, _SECOND[language], channel, consent, role)

    def _name(self, woman: bool, language: Language) -> str:
        persons = words.persons()
        first = self._random.choice(persons.women if woman else persons.men)
        surname = self._random.choice(persons.surnames)
        if language in (Language.FRENCH, Language.ENGLISH):
            return f"{first.fr} {surname.fr}"
        return f"{first.ar} {surname.ar}"


def drawn(random: Random, weights: Mapping[Key, float]) -> Key:
    """One key, drawn by its weight."""
    return random.choices(list(weights), weights=list(weights.values()))[0]
