"""Which network carries a text to which number: the longest prefix, then the lowest cost.  Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.notifications.networks.network import Channel

FORM = re.compile(
    r"(?P<network>[a-z][a-z_]*)(:(?P<prefix>\+[0-9]{1,15}))?"
    r"(=(?P<cost>[0-9]{1,4}(\.[0-9]{1,4})?))?(@(?P<rate>[0-9]{1,5}(\.[0-9]{1,3})?))?"
)
LADDER: tuple[Channel, ...] = ("whatsapp", "sms")
"""The channels, in the order in which a message tries them."""


FREE_TEXTS: Mapping[str, Channel | None] = {"pocket": None, "smpp": "sms", "twilio_sms": "sms"}
"""The networks that carry any text, and what each carries; None carries everything."""


class RoutesError(Exception):
    """The setting cannot be read; the message is half a line for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Route:
    """A network carries texts to numbers that begin so."""

    network: str
    prefix: str = "+"
    cost: float = 0.0
    """Dirhams a segment."""
    rate: float | None = None
    """Texts a second, over all replicas and prefixes; None is as fast as it goes."""


def read_routes(setting: str, known: Collection[str]) -> tuple[Route, ...]:
    """The routes of `smpp:+212=0.08@200 twilio_sms=0.55`: network, prefix, dirhams a segment, texts
    a second; all but the network may be left out.  Raises RoutesError."""
    routes: list[Route] = []
    rates: dict[str, float | None] = {}
    for word in setting.split():
        found = FORM.fullmatch(word)
        if found is None:
            raise RoutesError(f"{word} is not NETWORK:PREFIX=COST@RATE, as in smpp:+212=0.08@200")
        network, prefix, cost, rate = (
            found[name] for name in ("network", "prefix", "cost", "rate")
        )
        if network not in known:
            raise RoutesError(f"{network} is no network; there are {', '.join(sorted(known))}")
        if rate is not None and float(rate) == 0:
            raise RoutesError(f"{word} would never send")
        route = Route(network, prefix or "+", float(cost or 0), float(rate) if rate else None)
        if rates.setdefault(network, route.rate) != route.rate:
            raise RoutesError(f"{network} has two rates")
        routes.append(route)
    if not routes:
        raise RoutesError("name a network")
    return tuple(routes)


def read_ladder(setting: str) -> tuple[Channel, ...]:
    """The channels of `whatsapp,sms`.  Raises RoutesError."""
    words = [word.strip() for word in setting.split(",")]
    ladder: tuple[Channel, ...] = tuple(
        channel for word in words for channel in LADDER if channel == word
    )
    if len(ladder) != len(words) or len(set(ladder)) != len(ladder):
        raise RoutesError(f"{setting} is not an order of {', '.join(LADDER)}")
    return ladder


def best(routes: Sequence[Route], phone: str, carrying: Collection[str]) -> Route | None:
    """The route to a number (E.164) by the networks that are named; None where none leads there."""
    leading = (each for each in routes if each.network in carrying)
    found = [each for each in leading if phone.startswith(each.prefix)]
    return min(found, key=lambda each: (-len(each.prefix), each.cost), default=None)


def channels_left(
    ladder: Sequence[Channel], asked: str, failed: Collection[str]
) -> Sequence[Channel]:
    """The channels that a contact may be reached by, from the one that it asked for downwards,
    without those that have failed.  One that asked for none of the ladder begins at its top."""
    begin = next((at for at, each in enumerate(ladder) if each == asked), 0)
    return [each for each in ladder[begin:] if each not in failed]


def free_way(
    routes: Sequence[Route], ladder: Sequence[Channel], asked: str, phone: str
) -> tuple[Channel, Route] | None:
    """By what a text that nobody has approved goes to a number first, where this channel was asked
    for; None where nothing carries it there."""
    for channel in channels_left(ladder, asked, ()):
        carrying = [name for name, carried in FREE_TEXTS.items() if carried in (None, channel)]
        route = best(routes, phone, carrying)
        if route is not None:
            return channel, route
    return None
