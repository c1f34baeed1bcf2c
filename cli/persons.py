"""The kinds of persons whose names registration keeps and publishes."""

from __future__ import annotations

from collections.abc import Sequence

from services.registration.contacts.rows import CONTACTS
from services.registration.people.rows import PEOPLE
from services.registration.personal.rows import Persons

PERSONS: Sequence[Persons] = (CONTACTS, PEOPLE)
