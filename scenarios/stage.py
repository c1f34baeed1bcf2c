"""What all acts of a play share: who plays, on which system, and which ids were answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from maarid_contracts.registration import Participation

from scenarios.cast import Application, Cast, Organisation
from scenarios.client import Client, each
from scenarios.model import Scenario
from scenarios.replies import Reply
from scenarios.report import AssignmentReport, Phase, Progress
from scenarios.settling import go

Item = TypeVar("Item")
HOME = "MA"


@dataclass(frozen=True)
class Enrolled:
    """The ids of an organisation and of its contacts."""

    organisation_id: str
    contact_ids: tuple[str, ...]


@dataclass
class Stage:
    """One play of one fair.  Ids are found by the keys of the cast."""

    scenario: Scenario
    cast: Cast
    client: Client
    progress: Progress
    organisations: dict[str, Enrolled] = field(default_factory=dict[str, Enrolled])
    applications: dict[str, str] = field(default_factory=dict[str, str])
    by_hand: bool = False
    """Whether the team decides by hand, and takes no lists, whatever the services can do."""
    by_rules: bool = False
    """Whether rules were published, by which a run can select."""
    assignment: AssignmentReport | None = None
    """What a run came to that gave the booths; None where none did."""
    replies: list[Reply] = field(default_factory=list[Reply])
    """What the next who are offered a place do; all others take it."""
    sessions: dict[str, str] = field(default_factory=dict[str, str])
    seats: dict[str, str] = field(default_factory=dict[str, str])
    intake: dict[str, int] = field(default_factory=dict[str, int])
    """Rows of lists by what became of them."""

    @property
    def fair(self) -> str:
        """The path of the fair in every service."""
        return f"/fairs/{self.scenario.fair_id}"

    def applying(self) -> list[tuple[Organisation, Application]]:
        """Organisations with what they apply for, in the order in which they do."""
        return [(each, each.application) for each in self.cast.organisations if each.application]

    def listed(self) -> list[tuple[Organisation, Application]]:
        """Those of them who apply by a list, if any do."""
        if self.by_hand or not self.scenario.lists:
            return []
        home = [entry for entry in self.applying() if entry[0].country == HOME]
        return [entry for entry in home if entry[1].participation is Participation.EXHIBITOR]

    def register_numbers(self) -> dict[str, str]:
        """The numbers in the register of those who apply by a list, by their keys; made up."""
        return {
            organisation.key: f"{at}/{self.scenario.fair_id}"
            for at, (organisation, _) in enumerate(self.listed(), 1)
        }

    def application_path(self, organisation: Organisation) -> str:
        """The path of an organisation's application."""
        return f"{self.fair}/applications/{self.applications[organisation.key]}"

    def on(self, day: date, at: time) -> datetime:
        """A local time of the fair's town."""
        return datetime.combine(day, at, tzinfo=ZoneInfo(self.scenario.fair.timezone))

    async def days_before(self, days: int, at: time) -> None:
        """Move the clock to so many days before the fair begins."""
        day = self.scenario.fair.first_day - timedelta(days=days)
        await go(self.client, self.on(day, at))

    async def for_each(
        self,
        phase: Phase,
        items: Collection[Item],
        act: Callable[[Item], Awaitable[object]],
        *,
        before: int = 0,
        total: int | None = None,
    ) -> int:
        """Do something for every item and tell how far it is, `before` being done already.

        Returns how many are done now.
        """
        total = total or before + len(items)
        done = before
        self.progress(phase, done, total)

        async def one(item: Item) -> None:
            nonlocal done
            await act(item)
            done += 1
            self.progress(phase, done, total)

        await each(items, one)
        return done
