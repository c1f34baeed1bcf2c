"""The kinds of tickets, of which gates have rules."""

from __future__ import annotations

from enum import StrEnum


class TicketKind(StrEnum):
    """The kind of visitor that a ticket is for."""

    VISITOR = "visitor"
    BUYER = "buyer"
    PUPILS = "pupils"
    EXHIBITOR = "exhibitor"
    GUEST = "guest"
