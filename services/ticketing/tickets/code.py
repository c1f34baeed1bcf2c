"""The code of a ticket as a phone reads it from paper, and the letters below it.

The format is specified in contracts/tickets/README.md, with vectors.  Nothing here raises on what
somebody shows at a gate: whatever it is, it gets a verdict.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.ticketing.tickets.domain import LARGEST_PARTY, TicketKind

VERSION = 1
SIGNED_FOR = b"maarid-ticket-1\0"
"""Stands before what is signed, so that no signature made for something else passes for one."""
SHORT_FOR = b"maarid-ticket-short-1\0"
FIRST_DAY = date(2020, 1, 1)
LAST_DAY = FIRST_DAY + timedelta(days=0xFFFF)
FORMAT = struct.Struct(">BB4s16sBHHBB")
SIGNATURE = 64
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
"""The letters of RFC 9285, which are those of an alphanumeric QR code."""
VALUES = {letter: value for value, letter in enumerate(BASE45)}
CODE_LETTERS = 140
"""Base45 makes 140 letters of 29 + 64 bytes."""
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""The letters that are typed: without I and O, which look like 1 and 0."""
TYPED_LETTERS = 8
SHORT_NUMBERS = len(LETTERS) ** TYPED_LETTERS
KIND_NUMBERS: Mapping[TicketKind, int] = {
    TicketKind.VISITOR: 0,
    TicketKind.BUYER: 1,
    TicketKind.PUPILS: 2,
    TicketKind.EXHIBITOR: 3,
    TicketKind.GUEST: 4,
}
KINDS = {number: kind for kind, number in KIND_NUMBERS.items()}
"""By all eight bits: a ticket with one of the flags, which mean nothing yet, has no kind."""


class Verdict(StrEnum):
    """What a code is found to be."""

    VALID = "valid"
    UNREADABLE = "unreadable"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    WRONG_FAIR = "wrong_fair"
    WRONG_DAY = "wrong_day"
    REISSUED = "reissued"


@dataclass(frozen=True, slots=True)
class Payload:
    """What a code says, and is signed."""

    key_id: int
    fair_hash: bytes
    ticket_id: str
    kind: TicketKind
    first_day: date
    last_day: date
    issue: int
    party: int

    def packed(self) -> bytes:
        """The 29 bytes; the days are from 2020-01-01 to 2199-06-06."""
        return FORMAT.pack(
            VERSION,
            self.key_id,
            self.fair_hash,
            UUID(self.ticket_id).bytes,
            KIND_NUMBERS[self.kind],
            day_number(self.first_day),
            day_number(self.last_day),
            self.issue,
            self.party,
        )


def day_number(day: date) -> int:
    """Days since 2020-01-01."""
    return (day - FIRST_DAY).days


def day_of(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


def fair_hash(fair_id: str) -> bytes:
    """Four bytes that tell one fair from another."""
    return hashlib.sha256(fair_id.encode()).digest()[:4]


def unpacked(packed: bytes) -> Payload | None:
    """What 29 bytes say; None where they are not what we would sign."""
    _, key_id, fair, ticket, kind, first, last, issue, party = FORMAT.unpack(packed)
    if kind not in KINDS or first > last or issue < 1 or not 1 <= party <= LARGEST_PARTY:
        return None
    days = day_of(first), day_of(last)
    return Payload(key_id, fair, str(UUID(bytes=ticket)), KINDS[kind], *days, issue, party)


# Signed texts


def signed(payload: Payload, key: Ed25519PrivateKey) -> str:
    """The text of a QR code."""
    packed = payload.packed()
    return base45(packed + key.sign(SIGNED_FOR + packed))


def read(text: str, keys: Mapping[int, Ed25519PublicKey]) -> Payload | Verdict:
    """What a text says if one of the keys signed it, else why it says nothing."""
    code = bytes_of(text) if len(text) == CODE_LETTERS else None
    if code is None or code[0] != VERSION:
        return Verdict.UNREADABLE
    packed, signature = code[: FORMAT.size], code[FORMAT.size :]
    key = keys.get(packed[1])
    if key is None:
        return Verdict.UNKNOWN_KEY
    try:
        key.verify(signature, SIGNED_FOR + packed)
    except InvalidSignature:
        return Verdict.BAD_SIGNATURE
    return unpacked(packed) or Verdict.UNREADABLE


def judge(
    payload: Payload,
    fair_id: str | None = None,
    day: date | None = None,
    issue: int | None = None,
) -> Verdict:
    """Whether what was signed is for this fair and day, and no earlier issue than the last that is
    known; what is None is not asked."""
    if fair_id is not None and payload.fair_hash != fair_hash(fair_id):
        return Verdict.WRONG_FAIR
    if day is not None and not payload.first_day <= day <= payload.last_day:
        return Verdict.WRONG_DAY
    if issue is not None and payload.issue < issue:
        return Verdict.REISSUED
    return Verdict.VALID


def verdict(
    text: str,
    keys: Mapping[int, Ed25519PublicKey],
    fair_id: str | None = None,
    day: date | None = None,
    issue: int | None = None,
) -> Verdict:
    """Both in one."""
    found = read(text, keys)
    return found if isinstance(found, Verdict) else judge(found, fair_id, day, issue)


# Base45


def base45(data: bytes) -> str:
    """Bytes as text (RFC 9285)."""
    letters: list[str] = []
    for at in range(0, len(data), 2):
        piece = data[at : at + 2]
        number = int.from_bytes(piece)
        for _ in range(len(piece) + 1):
            number, value = divmod(number, 45)
            letters.append(BASE45[value])
    return "".join(letters)


def bytes_of(text: str) -> bytes | None:
    """Text as bytes; None where no bytes make it."""
    values = [VALUES.get(letter, -1) for letter in text]
    if len(values) % 3 == 1 or -1 in values:
        return None
    data = bytearray()
    for at in range(0, len(values), 3):
        piece = values[at : at + 3]
        number = sum(value * 45**place for place, value in enumerate(piece))
        if number >= 256 ** (len(piece) - 1):
            return None
        data += number.to_bytes(len(piece) - 1)
    return bytes(data)


# Letters to type


def short_number(ticket_id: str, issue: int) -> int:
    """The number that stands for one issue of a ticket where its code cannot be read."""
    digest = hashlib.sha256(SHORT_FOR + UUID(ticket_id).bytes + bytes((issue,))).digest()
    return int.from_bytes(digest[:8]) % SHORT_NUMBERS


def letters_of(number: int) -> str:
    """The number as it is typed."""
    letters = ""
    for _ in range(TYPED_LETTERS):
        number, value = divmod(number, len(LETTERS))
        letters = LETTERS[value] + letters
    return letters


def short_code(ticket_id: str, issue: int) -> str:
    """The eight letters below the code."""
    return letters_of(short_number(ticket_id, issue))


def typed(text: str) -> int | None:
    """The number that somebody typed, in large or small letters, with spaces and hyphens as they
    like; None where these are not eight of the letters."""
    # Letter by letter: `upper` makes two letters of a ligature.
    letters = [LETTERS.find(each.upper()) for each in text if each not in " -"]
    if len(letters) != TYPED_LETTERS or -1 in letters:
        return None
    number = 0
    for value in letters:
        number = number * len(LETTERS) + value
    return number
