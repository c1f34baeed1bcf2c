"""People at work, by chance: an organiser, buyers, an office that keeps contacts, gates."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from chaos.history import Call, Client

HALLS = 8
DAYS = 20
QUARTERS = 40
"""Quarters of an hour of each day in which a session can begin."""
TOLD = 6
"""Contacts that agree to messages and stay as they are."""
BUYERS = 8
PLACES = 12
"""Places of the fair's one pole."""
BOOTHS = 10


def text(french: str) -> dict[str, str]:
    return {"ar": "نص", "fr": french}


@dataclass
class Kept:
    """A contact as its office last knew it; each wish waits for the answer to the one before."""

    contact_id: str
    calls: list[Call] = field(default_factory=list[Call])
    erased: bool = False


@dataclass
class People:
    """One fair and everybody who works for it."""

    client: Client
    fair_id: str
    first_day: datetime
    organisation_id: str = ""
    told: list[str] = field(default_factory=list[str])
    kept: list[Kept] = field(default_factory=list[Kept])
    workshops: dict[str, int] = field(default_factory=dict[str, int])
    """Session to capacity, of those that were open when the organiser last looked."""
    scheduled: int = 0
    tickets: list[str] = field(default_factory=list[str])
    exhibitors: list[str] = field(default_factory=list[str])
    ended: bool = False

    # Founding: before anything breaks.

    async def found(self) -> None:
        """Announce the fair, with halls, booths, an organisation and its contacts."""
        await self._made("announce", "registration", "/fairs", self._announcement())
        closes_at = (datetime.now(UTC) + timedelta(days=10)).isoformat()
        path = f"/fairs/{self.fair_id}/call/open"
        await self._made("open_call", "registration", path, {"closes_at": closes_at})
        self.organisation_id = await self.enrol()
        for _ in range(TOLD):
            kept = await self.add_contact()
            assert kept is not None
            self.told.append(kept.contact_id)
        self.kept.clear()
        for number in range(HALLS):
            hall = {"hall_id": f"hall-{number}", "name": text("Salle"), "capacity": 500}
            await self._insisted("hall", "scheduling", f"/fairs/{self.fair_id}/halls", hall)
        booths = [
            {"booth_id": f"P-{n:03}", "pole_id": "products", "x_m": 3 * n, "y_m": 0}
            | {"width_m": 3, "depth_m": 3}
            for n in range(BOOTHS)
        ]
        path = f"/fairs/{self.fair_id}/floor-plan"
        await self._insisted("plan", "scheduling", path, {"booths": booths})

    def _announcement(self) -> dict[str, object]:
        return {
            "fair_id": self.fair_id,
            "edition": 1,
            **{name: text("Salon") for name in ("name", "region", "city", "venue")},
            "timezone": "Africa/Casablanca",
            "first_day": self.first_day.date().isoformat(),
            "last_day": (self.first_day + timedelta(days=DAYS)).date().isoformat(),
            "opens_at": "08:00",
            "closes_at": "22:00",
            "poles": [{"pole_id": "products", "name": text("Produits"), "places": PLACES}],
        }

    async def _made(self, what: str, service: str, path: str, body: object) -> Call:
        call = await self.client.change(what, service, path, body)
        assert call.accepted, f"{what}: {call.status} {call.answer}"
        return call

    async def _insisted(self, what: str, service: str, path: str, body: object) -> None:
        """Ask until another service has heard of what this one builds on."""
        for _ in range(200):
            if (await self.client.change(what, service, path, body)).accepted:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{what} was never accepted")

    async def enrol(self) -> str:
        body = {
            "kind": "cooperative",
            "name": text("Coopérative inventée"),
            "province": "azilal",
            "region": "beni-mellal-khenifra",
        }
        call = await self.client.change("enrol", "registration", "/organisations", body)
        return str(call.answer.get("organisation_id", ""))

    # The organiser

    async def organise(self) -> None:
        """Schedule workshops, a few at a time; cancel one now and then."""
        chance = self.client.random
        while not self.ended:
            if len(self.workshops) < 4 or chance.random() < 0.3:
                await self.schedule()
            elif chance.random() < 0.15:
                session_id = chance.choice(list(self.workshops))
                self.workshops.pop(session_id)
                path = f"/fairs/{self.fair_id}/sessions/{session_id}/cancel"
                await self.client.change(
                    "cancel_session",
                    "scheduling",
                    path,
                    {"reason": "speaker_ill"},
                    session=session_id,
                )
            await asyncio.sleep(chance.uniform(0.5, 2))

    async def schedule(self) -> str | None:
        """Schedule a workshop; None where that is refused, or nobody answers."""
        hall, place = self.scheduled % HALLS, self.scheduled // HALLS
        self.scheduled += 1
        starts_at = self.first_day + timedelta(
            days=2 + place // QUARTERS, hours=8, minutes=15 * (place % QUARTERS)
        )
        seats = self.client.random.randint(3, 25)
        body = {
            "kind": "workshop",
            "title": text("Marketing des coopératives"),
            "topic_code": "marketing",
            "hall_id": f"hall-{hall}",
            "language": "ar",
            "audience": "exhibitors",
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(minutes=15)).isoformat(),
            "seats": seats,
        }
        path = f"/fairs/{self.fair_id}/sessions"
        call = await self.client.change("schedule", "scheduling", path, body)
        if not call.accepted:
            return None
        session_id = str(call.answer["session_id"])
        self.workshops[session_id] = seats
        # Old ones are full; buyers go where seats are given out.
        for old in list(self.workshops)[:-6]:
            del self.workshops[old]
        return session_id

    # Buyers

    async def buy(self) -> None:
        """Take a seat or wait for one, and give it up now and then."""
        chance = self.client.random
        held: list[tuple[str, str]] = []
        while not self.ended:
            if held and chance.random() < 0.35:
                session_id, seat_id = held.pop(chance.randrange(len(held)))
                path = f"/workshops/{session_id}/seats/{seat_id}/cancel"
                await self.client.change(
                    "release", "ticketing", path, session=session_id, seat=seat_id
                )
            elif self.workshops:
                session_id = chance.choice(list(self.workshops))
                wanted = {
                    "attendee_id": self.client.uid(),
                    "contact_id": chance.choice(self.told) if chance.random() < 0.7 else None,
                    "wait": chance.random() < 0.5,
                }
                path = f"/workshops/{session_id}/seats"
                call = await self.client.change(
                    "reserve", "ticketing", path, wanted, session=session_id
                )
                if call.accepted:
                    held.append((session_id, str(call.answer["seat_id"])))
            await asyncio.sleep(chance.uniform(0.02, 0.25))

    # The office

    def _person(self) -> dict[str, object]:
        number = self.client.random.randrange(10**6)
        return {
            "name": f"شخص مختلق {number:06}",  # Made up, as it says of itself.
            "phone": f"+212661{number:06}",
            "language": "ar",
            "channel": "sms",
        }

    async def add_contact(self) -> Kept | None:
        person = self._person()
        path = f"/organisations/{self.organisation_id}/contacts"
        body = {**person, "role": "chair", "consent": True}
        call = await self.client.change(
            "add_contact", "registration", path, body, phone=str(person["phone"])
        )
        if not call.accepted:
            return None
        kept = Kept(str(call.answer["contact_id"]), [call])
        self.kept.append(kept)
        return kept

    async def keep_contacts(self) -> None:
        """Add, correct and erase contacts; each one's wishes come one after the other."""
        chance = self.client.random
        while not self.ended:
            living = [kept for kept in self.kept[-12:] if not kept.erased]
            if not living or chance.random() < 0.35:
                await self.add_contact()
            else:
                kept = chance.choice(living)
                path = f"/contacts/{kept.contact_id}"
                if chance.random() < 0.5:
                    person = self._person()
                    call = await self.client.change(
                        "correct",
                        "registration",
                        path,
                        person,
                        method="PUT",
                        contact=kept.contact_id,
                        phone=str(person["phone"]),
                    )
                else:
                    # Whether it is answered or not, nothing is asked of it any more.
                    kept.erased = True
                    call = await self.client.change(
                        "erase", "registration", path, method="DELETE", contact=kept.contact_id
                    )
                kept.calls.append(call)
            await asyncio.sleep(chance.uniform(0.1, 0.5))

    # Applications and booths

    async def apply(self) -> None:
        """Apply, be accepted while there are places, withdraw, and be given booths."""
        chance = self.client.random
        fair = f"/fairs/{self.fair_id}"
        while not self.ended:
            if self.exhibitors and chance.random() < 0.5:
                await self._place(chance.choice(self.exhibitors))
            elif self.exhibitors and chance.random() < 0.3:
                leaver = self.exhibitors.pop(chance.randrange(len(self.exhibitors)))
                path = f"{fair}/applications/{leaver}/withdraw"
                await self.client.change(
                    "withdraw",
                    "registration",
                    path,
                    {"reason": "family_reasons"},
                    application=leaver,
                )
            elif organisation_id := await self.enrol():
                body = {"organisation_id": organisation_id, "pole_id": "products", "people": 2}
                path = f"{fair}/applications"
                call = await self.client.change("apply", "registration", path, body)
                if call.accepted:
                    application = str(call.answer["application_id"])
                    path = f"{fair}/applications/{application}/accept"
                    accepted = await self.client.change(
                        "accept",
                        "registration",
                        path,
                        {"reason": "selected"},
                        application=application,
                    )
                    if accepted.accepted:
                        self.exhibitors.append(application)
            await asyncio.sleep(chance.uniform(0.3, 1.2))

    async def _place(self, exhibitor: str) -> None:
        booth = f"P-{self.client.random.randrange(BOOTHS):03}"
        path = f"/fairs/{self.fair_id}/booths/{booth}/assign"
        await self.client.change(
            "assign",
            "scheduling",
            path,
            {"exhibitor_id": exhibitor, "override": True},
            booth=booth,
            exhibitor=exhibitor,
        )

    # The gate

    async def open_gates(self) -> None:
        """Issue tickets for today, and show each at two gates at once."""
        chance = self.client.random
        while not self.ended:
            today: date = datetime.now(ZoneInfo("Africa/Casablanca")).date()
            body = {"kind": "visitor", "day": today.isoformat(), "party": chance.randint(1, 6)}
            path = f"/fairs/{self.fair_id}/tickets"
            call = await self.client.change("issue", "ticketing", path, body)
            if call.accepted:
                ticket = str(call.answer["ticket_id"])
                await asyncio.gather(
                    *(
                        self.client.change(
                            "check_in",
                            "ticketing",
                            f"/tickets/{ticket}/check-in",
                            {"gate_id": gate},
                            ticket=ticket,
                        )
                        for gate in ("gate-north", "gate-south")
                    )
                )
            await asyncio.sleep(chance.uniform(0.2, 0.8))

    def work(self) -> list[Callable[[], Awaitable[None]]]:
        """Everybody; each goes on until `ended`, and gets a last answer."""
        return [
            self.organise,
            self.keep_contacts,
            self.apply,
            self.open_gates,
            *([self.buy] * BUYERS),
        ]
