"""Promises about the places of poles: how many are given or kept, and how offers of them end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from maarid_contracts import Contract
from maarid_contracts.registration import (
    ApplicationRejectedV1,
    ApplicationWithdrawnV1,
    ExhibitorRegisteredV1,
    ExhibitorWithdrawnV1,
    FairAnnouncedV1,
    OfferDeadlineSetV1,
    OfferDeclinedV1,
    OfferLapsedV1,
    Participation,
    PlaceOfferedV1,
)

from chassis.log.events import Recorded
from chassis.postgres.database import Connection
from cli.audit.lines import Line, Problems, line

Feed = Callable[[Recorded, Any], None]
Pole = tuple[str, str]
"""A fair and a pole of it."""


class Poles:
    """At no moment has a pole given more places than it has, those counted that offers keep."""

    def __init__(self) -> None:
        self._places: dict[Pole, int] = {}
        self._given: Counter[Pole] = Counter()
        self._of: dict[str, tuple[Pole, int]] = {}
        self._kept: Counter[Pole] = Counter()
        self._kept_for: dict[str, tuple[Pole, int]] = {}
        self._problems = Problems()

    @property
    def hears(self) -> Mapping[type[Contract], Feed]:
        return {
            FairAnnouncedV1: self._announced,
            ExhibitorRegisteredV1: self._registered,
            ExhibitorWithdrawnV1: self._withdrawn,
            PlaceOfferedV1: self._offered,
            OfferDeclinedV1: self._ended,
            OfferLapsedV1: self._ended,
            ApplicationRejectedV1: self._ended,
            ApplicationWithdrawnV1: self._ended,
        }

    def _announced(self, recorded: Recorded, event: FairAnnouncedV1) -> None:
        self._places |= {(event.fair_id, pole.pole_id): pole.places for pole in event.poles}

    def _registered(self, recorded: Recorded, event: ExhibitorRegisteredV1) -> None:
        self._free(event.exhibitor_id)
        if event.participation is not Participation.EXHIBITOR:
            return
        pole = (event.fair_id, event.pole_id)
        self._of[event.exhibitor_id] = pole, event.booths
        self._given[pole] += event.booths
        self._look(pole)

    def _withdrawn(self, recorded: Recorded, event: ExhibitorWithdrawnV1) -> None:
        if (held := self._of.pop(event.exhibitor_id, None)) is not None:
            self._given[held[0]] -= held[1]

    def _offered(self, recorded: Recorded, event: PlaceOfferedV1) -> None:
        pole = (event.fair_id, event.pole_id)
        self._free(event.application_id)
        self._kept_for[event.application_id] = pole, event.booths
        self._kept[pole] += event.booths
        self._look(pole)

    def _ended(
        self,
        recorded: Recorded,
        event: OfferDeclinedV1 | OfferLapsedV1 | ApplicationRejectedV1 | ApplicationWithdrawnV1,
    ) -> None:
        self._free(event.application_id)

    def _free(self, application_id: str) -> None:
        if (kept := self._kept_for.pop(application_id, None)) is not None:
            self._kept[kept[0]] -= kept[1]

    def _look(self, pole: Pole) -> None:
        given, places = self._given[pole] + self._kept[pole], self._places.get(pole, 0)
        if given > places:
            self._problems.add(f"{pole[1]} of {pole[0]} gave {given} of {places} places")

    async def judge(self, db: Connection) -> Line:
        given = f"{self._given.total()} places given in {len(self._places)} poles"
        if kept := self._kept.total():
            given += f", {kept} kept by offers"
        return line("No pole gave more places than it has", [self._problems], given)


@dataclass
class _Standing:
    """An offer that stands."""

    offer_id: str
    hours: int
    lapses_at: datetime | None = None


class Offers:
    """An application has one offer at a time, whose deadline begins once it was told; none lapses
    before."""

    def __init__(self) -> None:
        self._standing: dict[str, _Standing] = {}
        self._problems = Problems()
        self._made = 0
        self._lapsed = 0

    @property
    def hears(self) -> Mapping[type[Contract], Feed]:
        return {
            PlaceOfferedV1: self._offered,
            OfferDeadlineSetV1: self._begun,
            OfferDeclinedV1: self._declined,
            OfferLapsedV1: self._missed,
            ExhibitorRegisteredV1: self._registered,
            ApplicationRejectedV1: self._over,
            ApplicationWithdrawnV1: self._over,
        }

    def _offered(self, recorded: Recorded, event: PlaceOfferedV1) -> None:
        self._made += 1
        if event.application_id in self._standing:
            self._problems.add(f"{event.application_id} has two offers at once")
        self._standing[event.application_id] = _Standing(event.offer_id, event.hours)

    def _begun(self, recorded: Recorded, event: OfferDeadlineSetV1) -> None:
        offer = self._standing.get(event.application_id)
        if offer is None or offer.offer_id != event.offer_id or offer.lapses_at is not None:
            self._problems.add(f"the deadline of {event.offer_id} was set when there was none to")
            return
        offer.lapses_at = event.lapses_at
        if event.lapses_at - event.began_at != timedelta(hours=offer.hours):
            self._problems.add(f"{event.offer_id} has another time than was offered")

    def _declined(self, recorded: Recorded, event: OfferDeclinedV1) -> None:
        self._end(event)

    def _missed(self, recorded: Recorded, event: OfferLapsedV1) -> None:
        self._lapsed += 1
        offer = self._end(event)
        if offer is None:
            return
        if offer.lapses_at != event.lapsed_at or recorded.fact.occurred_at < event.lapsed_at:
            self._problems.add(f"{event.offer_id} lapsed before its deadline")

    def _end(self, event: OfferDeclinedV1 | OfferLapsedV1) -> _Standing | None:
        offer = self._standing.pop(event.application_id, None)
        if offer is None or offer.offer_id != event.offer_id:
            self._problems.add(f"{event.offer_id} ended, and did not stand")
            return None
        return offer

    def _registered(self, recorded: Recorded, event: ExhibitorRegisteredV1) -> None:
        self._standing.pop(event.exhibitor_id, None)

    def _over(
        self, recorded: Recorded, event: ApplicationRejectedV1 | ApplicationWithdrawnV1
    ) -> None:
        self._standing.pop(event.application_id, None)

    async def judge(self, db: Connection) -> Line:
        promise = "Offers stand one at a time, and none lapses before its deadline"
        figures = f"{self._made} offers, {self._lapsed} lapsed, {len(self._standing)} stand"
        return line(promise, [self._problems], figures)
