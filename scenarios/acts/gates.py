"""Phones at two gates, one with a wrong clock: for a day they work without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid5

from scenarios.cast import Visit
from scenarios.client import Answer, NotFound, PlayError
from scenarios.model import Offline
from scenarios.stage import Stage

MOST = 60
"""People in one tally."""
BATCH = 200
"""Scans in one upload; the service takes 500."""
AGAIN = timedelta(minutes=5)
"""After which the ticket that is shown twice is shown at the other gate."""
ATTEMPTS = 20


@dataclass
class Phone:
    """A phone that was paired, and the scans that it has made; its clock is ahead by so much."""

    gate: str
    device_id: str
    ahead: timedelta
    scans: list[Answer] = field(default_factory=list[Answer])
    uploaded: int = 0

    @property
    def role(self) -> str:
        return f"device {self.device_id}"


@dataclass
class Gates:
    """The phones of a fair whose gates lose their network for a day."""

    offline: Offline
    phones: list[Phone]
    shown_twice: bool = False

    def at(self, day: int, gate: str) -> Phone | None:
        """The phone that decides alone at a gate on this day."""
        if day != self.offline.day:
            return None
        return next((phone for phone in self.phones if phone.gate == gate), None)


async def paired(stage: Stage) -> Gates | None:
    """The phones of the gates that lose their network; None where there are none, or where the
    services are of a version that knows no phones."""
    offline = stage.scenario.visitors.offline
    if offline is None or stage.by_hand:
        return None
    phones: list[Phone] = []
    for at, gate in enumerate(offline.gates):
        ahead = timedelta(minutes=offline.minutes_fast if at == 1 else 0)
        try:
            phones.append(await _paired(stage, gate, ahead))
        except NotFound:
            return None
    return Gates(offline, phones)


async def _paired(stage: Stage, gate: str, ahead: timedelta) -> Phone:
    """A new phone.  Played again, the one before was paired, and its token went with its play."""
    body = {"label": gate, "gate_id": gate}
    for attempt in range(ATTEMPTS):
        try:
            made = await stage.client.post(
                "ticketing", f"{stage.fair}/devices", body, step=f"device/{gate}/{attempt}"
            )
            break
        except PlayError as error:
            if "device_paired" not in str(error):
                raise
    else:
        raise PlayError(f"The phone of {gate} was paired {ATTEMPTS} times.")
    code = {"code": made["pairing_code"]}
    found = await stage.client.post("ticketing", "/devices/pair", code, step=f"pair/{gate}")
    phone = Phone(gate, found["device_id"], ahead)
    stage.client.know(phone.role, found["token"])
    return phone


def scan(
    stage: Stage, phone: Phone, at: datetime, ticket: str | None, people: int, direction: str = "in"
) -> None:
    """Let somebody in or out, and keep it on the phone."""
    number = len(phone.scans) + 1
    name = f"scan/{phone.gate}/{number}"
    phone.scans.append(
        {
            "scan_id": str(uuid5(stage.client.run, f"{stage.scenario.fair_id}/{name}")),
            "sequence": number,
            "at": (at + phone.ahead).isoformat(),
            "offset_ms": round(-phone.ahead.total_seconds() * 1000),
            "ticket_id": ticket,
            "direction": direction,
            "people": people,
            "verdict": f"let_{direction}",
            "decided": "offline",
        }
    )


def let_in(
    stage: Stage, gates: Gates, phone: Phone, at: datetime, visit: Visit, ticket: str
) -> None:
    """Decide alone.  The first ticket is shown at another gate as well, which cannot know."""
    scan(stage, phone, at, ticket, visit.party)
    others = [other for other in gates.phones if other is not phone]
    if others and not gates.shown_twice:
        gates.shown_twice = True
        scan(stage, others[0], at + AGAIN, ticket, visit.party)


async def upload(stage: Stage, gates: Gates, now: datetime) -> None:
    """The network is back: the last phone first, and its batch twice, as it heard no answer."""
    for at, phone in enumerate(reversed(gates.phones)):
        while new := phone.scans[phone.uploaded : phone.uploaded + BATCH]:
            for _ in range(2 if at == 0 else 1):
                await stage.client.post(
                    "ticketing",
                    f"/devices/{phone.device_id}/scans",
                    {"sent_at": (now + phone.ahead).isoformat(), "scans": new},
                    step=f"scans/{phone.gate}/{phone.uploaded}",
                    role=phone.role,
                )
            phone.uploaded += len(new)


async def close(
    stage: Stage, gates: Gates, now: datetime, visits: Sequence[Visit], *, last: bool
) -> None:
    """In the evening all go, counted without their tickets; on the last day some stay to help."""
    people = sum(visit.party for visit in visits if visit.comes)
    if last:
        people -= min(people, gates.offline.stay)
    phone = gates.phones[0]
    while people > 0:
        scan(stage, phone, now, None, min(people, MOST), "out")
        people -= MOST
    await upload(stage, gates, now)
