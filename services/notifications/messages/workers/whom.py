"""Who is to read a message, in which languages it can be written, and where they answer it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

import asyncpg
import orjson

from services.notifications.messages.filling import Campaign, Facts
from services.notifications.messages.tellings import Template

CODE, CAMPAIGN = Template.CODE.value, Template.CAMPAIGN.value

LinkTo: TypeAlias = Callable[[UUID], str | None]
"""The link by which a message is answered; None where there are none."""


def no_link(message_id: UUID) -> None:
    """Nobody answers by link."""


@dataclass(frozen=True, slots=True)
class Whom:
    """Who is to read a message; its `repr`, and so a log, leaves number and secret out."""

    phone: str = field(repr=False)
    languages: Sequence[str]
    channel: str
    """By which they are reached first."""
    secret: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """What is written into the text that no event may say."""


def whom_of(row: asyncpg.Record, facts: Facts) -> Whom | None:
    """Who is to read a message: a contact, or whoever has the number that a code was asked for.
    None of a contact that is not known, or a code that is over."""
    if row["template"] == CODE:
        asked = facts.asked_for.get(row["message_id"])
        return asked and Whom(asked.phone, (asked.language,), "sms", asked.secret)
    if row["phone"] is None:
        return None
    languages = (row["language"], row["second_language"])
    if (campaign := campaign_of(row, facts)) is not None:
        languages = tuple(language for language in languages if language in campaign.texts)
    return Whom(row["phone"], languages, row["channel"])


def campaign_of(row: asyncpg.Record, facts: Facts) -> Campaign | None:
    """The campaign that a message belongs to; None of another message, or where its text is gone.

    What the team sends to its own phone is sent whether the campaign is held or not.
    """
    if row["template"] != CAMPAIGN:
        return None
    arguments = arguments_of(row)
    found = facts.campaigns.get(arguments.get("campaign_id", ""))
    if found is not None and "preview" in arguments:
        return Campaign(found.texts)
    return found


def arguments_of(row: asyncpg.Record) -> Mapping[str, str]:
    """The arguments of a claimed message."""
    return orjson.loads(row["arguments"])
