"""The arguments of a template: names and times in place of the ids that a message carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications.fairs.fair import Fair, Named
from services.notifications.messages.free_texts import filled_in
from services.notifications.messages.texts import Argument
from services.notifications.workshops.workshop import Workshop

T = TypeVar("T")
NUMBERS = ("booths", "hours", "minutes")
"""Arguments by which texts choose singular or plural."""


class NotYet(Exception):
    """No event has said yet what the text needs; `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class AskedFor:
    """A message that whoever has a number asked for, and what is written into it that no event may
    say.  Its `repr`, and so a log, leaves both out."""

    phone: str = field(repr=False)
    language: str
    secret: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Campaign:
    """What the team has written to many, by language, until when it is worth telling, and whether
    it is held.  Its `repr`, and so a log, leaves the texts out."""

    texts: Mapping[str, str] = field(repr=False)
    until: datetime | None = None
    paused: bool = False
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """The fairs, halls (by fair and hall) and workshops that are known, and by their ids those
    messages that go to a number and are still worth sending, the campaigns whose texts there are,
    and the names of organisations."""

    fairs: Mapping[str, Fair]
    halls: Mapping[tuple[str, str], Named]
    workshops: Mapping[str, Workshop]
    asked_for: Mapping[UUID, AskedFor] = field(default_factory=dict[UUID, AskedFor])
    campaigns: Mapping[str, Campaign] = field(default_factory=dict[str, Campaign])
    organisations: Mapping[str, Named] = field(default_factory=dict[str, Named])


def fill(arguments: Mapping[str, str], fair_id: str | None, facts: Facts) -> Mapping[str, Argument]:
    """The arguments as `texts.render` takes them.

    Where and when a session takes place is what the last event said, unless the message says it.
    Raises NotYet.
    """
    filled: dict[str, Argument] = dict(arguments)
    if fair_id is None and arguments.get("named") == "false":
        return filled  # The text names no fair.
    fair = _known(facts.fairs.get(fair_id or ""), "fair_unknown")
    filled["fair"] = fair.name
    if (pole_id := arguments.get("pole_id")) is not None:
        filled["pole"] = fair.poles.get(pole_id, {"ar": pole_id, "fr": pole_id})
    if (campaign_id := arguments.get("campaign_id")) is not None:
        names = {"fair": fair.name}
        organisation = facts.organisations.get(arguments.get("organisation_id", ""))
        if organisation is not None:
            names["organisation"] = organisation
        try:
            filled["text"] = {
                language: filled_in(text, names, language)
                for language, text in facts.campaigns[campaign_id].texts.items()
            }
        except KeyError:
            raise NotYet("organisation_unknown") from None
    filled |= {name: int(arguments[name]) for name in NUMBERS if name in arguments}
    if "first_day" in arguments:
        filled |= {name: date.fromisoformat(arguments[name]) for name in ("first_day", "last_day")}
        filled |= {name: time.fromisoformat(arguments[name]) for name in ("opens_at", "closes_at")}
        filled["venue"] = _known(fair.venue, "fair_unknown")
        filled["city"] = _known(fair.city, "fair_unknown")
    if (session_id := arguments.get("session_id")) is not None:
        workshop = _known(facts.workshops.get(session_id), "session_unknown")
        hall_id = arguments.get("hall_id", workshop.hall_id)
        starts_at = arguments.get("starts_at")
        moment = workshop.starts_at if starts_at is None else datetime.fromisoformat(starts_at)
        filled["session"] = workshop.title
        filled["hall"] = _known(facts.halls.get((fair.fair_id, hall_id)), "hall_unknown")
        filled["starts_at"] = moment.astimezone(ZoneInfo(fair.timezone))
    return filled


def _known(thing: T | None, reason: str) -> T:
    if thing is None:
        raise NotYet(reason)
    return thing
