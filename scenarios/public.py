"""Makes up those who come: visitors with tickets, and whoever wants a seat in a workshop."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from maarid_contracts.registration import Participation
from maarid_contracts.ticketing import TicketKind

from scenarios.cast import WAVES, Course, Organisation, SeatWish, Visit
from scenarios.model import Scenario, ScenarioError
from scenarios.people import drawn
from scenarios.programme import PlannedSession, day_of, days_of, programme
from scenarios.shares import apportion

_WEEKEND = 1.6
"""How many come on a Saturday or Sunday, for one on another day."""

_GIVE_BACK_EVERY = 9


def visits(scenario: Scenario) -> tuple[Visit, ...]:
    """A sample of the fair's visitors: each ticket, whom it lets in, when and where.

    Raises ScenarioError when more come than may be inside.
    """
    visitors = scenario.visitors
    random = Random(f"{scenario.fair_id}/{scenario.seed}/visitors")
    days = days_of(scenario)
    weights = [_WEEKEND if day_of(scenario, day).weekday() >= 5 else 1.0 for day in days]
    counts = apportion(visitors.tickets, weights)
    room = _Room(visitors.inside_limit)
    tickets: list[Visit] = []
    for day, count in zip(days, counts, strict=True):
        for number in range(count):
            kind = drawn(random, visitors.kinds)
            party = int(drawn(random, visitors.parties))
            if kind is TicketKind.PUPILS and visitors.pupils:
                party = visitors.pupils
            comes = random.random() >= visitors.stay_away
            tickets.append(
                Visit(
                    key=f"ticket-{day}-{number:04d}",
                    day=day,
                    kind=kind,
                    party=party,
                    province=drawn(random, visitors.provinces),
                    gate=random.choice(visitors.gates),
                    wave=room.wave(random, day, party if comes else 0),
                    comes=comes,
                )
            )
    return tuple(tickets)


class _Room:
    """Counts who is inside: each wave has left when the next comes in."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._inside: dict[tuple[int, int], int] = {}

    def wave(self, random: Random, day: int, people: int) -> int:
        """The wave in which a party comes in: any, or one that has room for it."""
        waves = list(range(WAVES))
        random.shuffle(waves)
        for wave in waves:
            inside = self._inside.get((day, wave), 0) + people
            if self._limit is None or inside <= self._limit:
                self._inside[day, wave] = inside
                return wave
        raise ScenarioError(f"visitors: more come on day {day} than may be inside.")


def seat_wishes(scenario: Scenario, organisations: Sequence[Organisation]) -> tuple[SeatWish, ...]:
    """Who wants which seat, in the order in which they ask."""
    random = Random(f"{scenario.fair_id}/{scenario.seed}/seats")
    wishes: list[SeatWish] = []
    for planned in programme(scenario):
        members = _audience(planned, organisations)
        chosen: list[str | None] = list(
            random.sample(members, k=min(_from_members(planned, members), len(members)))
        )
        chosen += [None] * (planned.wanted - len(chosen))
        wishes.extend(
            SeatWish(
                key=f"seat-{planned.key}-{number:03d}",
                session=planned.key,
                organisation=organisation,
                gives_back=number % _GIVE_BACK_EVERY == 0,
            )
            for number, organisation in enumerate(chosen)
        )
    random.shuffle(wishes)
    return tuple(wishes)


def _from_members(planned: PlannedSession, members: Sequence[str]) -> int:
    """Half of those who come to a session for everyone are visitors."""
    if planned.session.audience == "everyone":
        return planned.wanted // 2
    return min(planned.wanted, len(members))


def _audience(planned: PlannedSession, organisations: Sequence[Organisation]) -> list[str]:
    audience = planned.session.audience
    return [
        each.key
        for each in organisations
        if (application := each.application) is not None
        and application.course is Course.ACCEPTED
        and application.participation is Participation.EXHIBITOR
        and (audience != "women" or each.women_led)
        and (audience != "youth" or each.youth_led)
    ]
