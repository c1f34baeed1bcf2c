"""Ticketing as a process, what it hears of fairs and sessions, and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time as hour, timedelta
from typing import Any
from uuid import uuid4

import httpx
from maarid_contracts import registration, scheduling
from maarid_contracts.envelope import Text
from maarid_contracts.registration import Language
from maarid_contracts.scheduling import SessionKind

from tests.running_service import ServiceProcess, connected, uid
from tests.waiting import eventually

FIRST, LAST = date(2025, 9, 17), date(2025, 9, 22)
EVE = datetime(2025, 9, 16, 8, 0, tzinfo=UTC)
STARTS = datetime(2025, 9, 18, 9, 0, tzinfo=UTC)


def announced(fair: str) -> registration.FairAnnouncedV1:
    name = Text(ar="المعرض الجهوي", fr="Salon régional")
    return registration.FairAnnouncedV1(
        fair_id=fair,
        edition=2,
        name=name,
        region=name,
        city=name,
        venue=name,
        timezone="Africa/Casablanca",
        first_day=FIRST,
        last_day=LAST,
        opens_at=hour(9),
        closes_at=hour(21),
        poles=(registration.Pole(pole_id="products", name=name, places=160),),
    )


def fair_moved(fair: str, by: timedelta) -> registration.FairChangedV1:
    """The fair as it was announced, some days later."""
    as_it_was = announced(fair).model_dump(exclude={"poles", "programmes"})
    days = {"first_day": FIRST + by, "last_day": LAST + by}
    return registration.FairChangedV1.model_validate(
        as_it_was | days | {"changed": tuple(days), "reason": "bad_weather"}
    )


def scheduled(
    fair: str, session: str, seats: int | None, starts_at: datetime = STARTS
) -> scheduling.SessionScheduledV1:
    return scheduling.SessionScheduledV1(
        fair_id=fair,
        session_id=session,
        kind=SessionKind.WORKSHOP,
        title=Text(ar="التسويق", fr="Marketing"),
        topic_code="marketing",
        hall_id="training-tent",
        language=Language.ARABIC,
        audience="exhibitors",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        seats=seats,
    )


@dataclass(kw_only=True)
class Ticketing(ServiceProcess):
    """The running service, whose clock is set to the eve of each new fair."""

    async def announce(self) -> str:
        """A new fair, of which ticketing has heard; it is the eve of its first day."""
        await self.set_clock(EVE)
        fair = f"ouarzazate-{uuid4().hex[:8]}"
        await self.hear(f"fair-{fair}", announced(fair))
        await eventually(
            lambda: self.look(f"/fairs/{fair}/workshops"), lambda r: r.status_code == 200
        )
        return fair

    async def schedule(self, fair: str, seats: int = 20, starts_at: datetime = STARTS) -> str:
        """A new workshop, whose seats can be reserved."""
        session = uid()
        await self.hear(f"programme-{fair}", scheduled(fair, session, seats, starts_at))
        await eventually(lambda: self.look(f"/workshops/{session}"), lambda r: r.status_code == 200)
        return session

    async def workshop(self, session: str) -> Any:
        return await self.get(f"/workshops/{session}")

    async def reserve(self, session: str, **body: Any) -> Any:
        """A seat or a place on the waiting list, for somebody new."""
        response = await self.post(f"/workshops/{session}/seats", {"attendee_id": uid()} | body)
        assert response.status_code == 201, response.text
        return response.json()

    async def cancel(self, session: str, seat: str) -> None:
        response = await self.post(f"/workshops/{session}/seats/{seat}/cancel")
        assert response.status_code == 200, response.text

    async def seat(self, session: str, seat: str) -> Any:
        return await self.get(f"/workshops/{session}/seats/{seat}")

    async def issue(self, fair: str, day: date, party: int = 1, province: str | None = None) -> str:
        body = {"kind": "visitor", "day": day.isoformat(), "party": party, "province": province}
        response = await self.post(f"/fairs/{fair}/tickets", body)
        assert response.status_code == 201, response.text
        return response.json()["ticket_id"]

    async def check_in(
        self, ticket: str, gate: str = "gate-north", role: str = "organiser", key: str | None = None
    ) -> httpx.Response:
        return await self.post(f"/tickets/{ticket}/check-in", {"gate_id": gate}, role=role, key=key)

    async def rows(self, query: str, *arguments: object) -> Any:
        """Rows of the service's database."""
        async with connected(self.owner_dsn) as db:
            return await db.fetch(query, *arguments)
