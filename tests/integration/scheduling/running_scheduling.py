"""Scheduling in the process of the tests, and what it hears, is asked, and publishes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time as clock_time
from typing import Any
from uuid import uuid4

from maarid_contracts import registration
from maarid_contracts.envelope import Text
from maarid_contracts.registration import Participation

from tests.running_service import ServiceInside, uid
from tests.waiting import eventually


def announced(
    fair: str, timezone: str = "Africa/Casablanca", year: int = 2025
) -> registration.FairAnnouncedV1:
    """17 to 22 September, two poles."""
    return registration.FairAnnouncedV1(
        fair_id=fair,
        edition=2,
        name=Text(ar="المعرض", fr="Le salon"),
        region=Text(ar="درعة تافيلالت", fr="Drâa-Tafilalet"),
        city=Text(ar="ورزازات", fr="Ouarzazate"),
        venue=Text(ar="الساحة", fr="La place"),
        timezone=timezone,
        first_day=date(year, 9, 17),
        last_day=date(year, 9, 22),
        opens_at=clock_time(10),
        closes_at=clock_time(22),
        area_m2=4000,
        poles=(
            registration.Pole(pole_id="products", name=Text(ar="أ", fr="a"), places=10),
            registration.Pole(pole_id="partners", name=Text(ar="ب", fr="b"), places=5),
        ),
    )


def fair_changed(fair: str, **more: Any) -> registration.FairChangedV1:
    """The fair as it was announced, but for what is said."""
    as_it_was = announced(fair).model_dump(exclude={"poles", "programmes"})
    changed = {"changed": tuple(more) or ("venue",), "reason": "bad_weather"}
    return registration.FairChangedV1.model_validate(as_it_was | changed | more)


@dataclass(kw_only=True)
class Scheduling(ServiceInside):
    """The running service."""

    async def fair(self, timezone: str = "Africa/Casablanca", year: int = 2025) -> str:
        """A fair that was heard of."""
        fair = f"ouarzazate-{uuid4().hex[:8]}"
        await self.hear(f"fair-{fair}", announced(fair, timezone, year))
        await eventually(
            lambda: self.look(f"/fairs/{fair}/booths", role=None),
            lambda answer: answer.status_code == 200,
        )
        return fair

    async def register(self, fair: str, **more: Any) -> registration.ExhibitorRegisteredV1:
        """An exhibitor who was heard of."""
        contract = registration.ExhibitorRegisteredV1.model_validate(
            {
                "fair_id": fair,
                "exhibitor_id": uid(),
                "organisation_id": uid(),
                "contact_id": uid(),
                "participation": Participation.EXHIBITOR,
                "pole_id": "products",
                "booths": 1,
                "people": 2,
                "families": ("honey",),
                "reason": "selected",
                **more,
            }
        )
        await self.hear(f"fair-{fair}", contract)

        async def known() -> list[str]:
            found = await self.all(f"/fairs/{fair}/exhibitors", "organiser")
            return [one["exhibitor_id"] for one in found]

        await eventually(known, lambda ids: contract.exhibitor_id in ids)
        return contract

    async def withdraw(self, who: registration.ExhibitorRegisteredV1) -> None:
        await self.hear(
            f"fair-{who.fair_id}",
            registration.ExhibitorWithdrawnV1(
                fair_id=who.fair_id,
                exhibitor_id=who.exhibitor_id,
                organisation_id=who.organisation_id,
                contact_id=who.contact_id,
                pole_id=who.pole_id,
                booths=who.booths,
                reason="harvest",
            ),
        )

    async def all(self, path: str, role: str | None = None, **query: Any) -> list[Any]:
        """Every page of a list, as anybody sees it unless a role is named."""
        return await super().all(path, role, **query)

    async def plan(self, fair: str, *booths: dict[str, Any]) -> int:
        answer = await self.done(f"/fairs/{fair}/floor-plan", {"booths": booths})
        return answer["revision"]

    async def holder(self, fair: str, booth_id: str) -> dict[str, Any] | None:
        return (await self.get(f"/fairs/{fair}/booths/{booth_id}", role=None))["holder"]

    async def events(self, stream: str) -> int:
        return await self.runtime.pool.fetchval(
            "select count(*) from events where stream = $1", stream
        )

    async def all_types(self, stream: str) -> list[str]:
        """The types on the topic of what the log has of a stream."""
        return await self.types(stream, await self.events(stream))
