"""What a campaign comes to: in which languages and by which channels it goes, and what that costs.
Pure, but for the files of texts.

Nobody knows before how a network bills, nor whose phone is off: it is what the first way of each
would cost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.notifications.fairs.fair import Named
from services.notifications.messages.free_texts import filled_in
from services.notifications.messages.tellings import Template
from services.notifications.messages.texts import LAST_RESORT, render
from services.notifications.networks.network import Channel
from services.notifications.networks.routing import Route, free_way


@dataclass(frozen=True, slots=True)
class Reached:
    """So many contacts who are reached alike; `prefix` is how their numbers begin."""

    language: str
    second_language: str
    channel: str
    prefix: str
    consent: bool
    contacts: int


@dataclass(frozen=True, slots=True)
class Share:
    """What goes to some of them: the segments of a text, and dirhams for all; no channel where no
    network carries it there."""

    language: str
    channel: str | None
    contacts: int
    segments: int
    cost_mad: float


def names_of(fair: Named, organisation: Named | None) -> Mapping[str, Named]:
    """What the names in a text stand for."""
    names = {"fair": fair}
    return names if organisation is None else {**names, "organisation": organisation}


def segments_of(text: str, names: Mapping[str, Named], language: str) -> int:
    """How many SMS a text of a campaign takes in its language, with these names."""
    arguments = {"fair": names["fair"], "text": {language: filled_in(text, names, language)}}
    return render(Template.CAMPAIGN, arguments, (language,), "sms").segments


def shares_of(
    reached: Iterable[Reached],
    segments: Mapping[str, int],
    routes: Sequence[Route],
    ladder: Sequence[Channel],
) -> list[Share]:
    """What goes to those who have agreed, by language and channel; `segments` are those of the text
    as SMS, by its languages."""
    found: defaultdict[tuple[str, str | None], list[tuple[int, float]]] = defaultdict(list)
    for each in reached:
        if not each.consent:
            continue
        asked = (each.language, each.second_language, *LAST_RESORT)
        language = next(one for one in asked if one in segments)
        way = free_way(routes, ladder, each.channel, each.prefix)
        channel, cost = (None, 0.0) if way is None else (way[0], way[1].cost)
        parts = segments[language] if channel == "sms" else 1
        found[language, channel].append((each.contacts, each.contacts * parts * cost))
    return [
        Share(
            language,
            channel,
            sum(contacts for contacts, _ in those),
            segments[language] if channel == "sms" else int(channel is not None),
            round(sum(cost for _, cost in those), 2),
        )
        for (language, channel), those in sorted(found.items(), key=str)
    ]
