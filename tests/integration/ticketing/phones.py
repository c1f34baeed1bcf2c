"""A phone at a gate, as tests play it: paired once, it scans with a network or without."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from tests.running_service import Asked, uid

Scan = dict[str, Any]
ROW = 21


@dataclass(kw_only=True)
class Phone:
    """A phone whose clock is ahead by so much, and what it has not uploaded yet."""

    service: Asked
    device_id: str
    token: str
    gate_id: str
    ahead: timedelta = timedelta(0)
    scans: list[Scan] = field(default_factory=list[Scan])

    def scan(self, at: datetime, ticket_id: str | None, **more: Any) -> Scan:
        """Decide something alone: let a bearer in, unless it is said otherwise."""
        direction = more.get("direction", "in")
        scan = {
            "scan_id": uid(),
            "sequence": len(self.scans) + 1,
            "at": (at + self.ahead).isoformat(),
            "offset_ms": round(-self.ahead.total_seconds() * 1000),
            "ticket_id": ticket_id,
            "direction": direction,
            "people": 1,
            "verdict": f"let_{direction}",
            "decided": "offline",
        } | more
        self.scans.append(scan)
        return scan

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return await self.service.http.request(method, path, json=body, headers=headers, **more)

    async def upload(self, now: datetime, *scans: Scan) -> httpx.Response:
        """Send some scans, or all."""
        body = {"sent_at": (now + self.ahead).isoformat(), "scans": list(scans) or self.scans}
        return await self.ask("POST", f"/devices/{self.device_id}/scans", body)

    async def bundle(self, since: int = 0) -> Any:
        answer = await self.ask("GET", f"/devices/{self.device_id}/bundle", params={"since": since})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def check_in(self, ticket: str, **more: Any) -> httpx.Response:
        """Ask over the network; the key is the id of the scan."""
        key = more.pop("key", uid())
        body = {"gate_id": self.gate_id, **more}
        headers = {"idempotency-key": key}
        return await self.ask("POST", f"/tickets/{ticket}/check-in", body, headers=headers)


async def phone_of(service: Asked, fair: str, gate: str, **more: Any) -> Phone:
    """A phone that was just paired."""
    ahead = more.pop("ahead", timedelta(0))
    body = {"label": "phone", "gate_id": gate, **more}
    made = await service.done(f"/fairs/{fair}/devices", body)
    paired = await service.http.post("/devices/pair", json={"code": made["pairing_code"]})
    assert paired.status_code == 200, paired.text
    return Phone(
        service=service,
        device_id=made["device_id"],
        token=paired.json()["token"],
        gate_id=gate,
        ahead=ahead,
    )


@dataclass(frozen=True)
class Row:
    """A ticket in the bundle, taken apart."""

    short_code: int
    kind: int
    first_day: int
    last_day: int
    issue: int
    party: int
    revoked: bool
    people: int


def rows_of(bundle: Any) -> dict[str, Row]:
    """The tickets of a bundle by the first eight bytes of their ids."""
    packed = base64.urlsafe_b64decode(bundle["tickets"]["rows"])
    assert len(packed) == ROW * bundle["tickets"]["count"]
    found: dict[str, Row] = {}
    for begin in range(0, len(packed), ROW):
        row = packed[begin : begin + ROW]
        numbers = [
            int.from_bytes(row[8:13]),
            row[13],
            *(int.from_bytes(row[at : at + 2]) for at in (14, 16)),
        ]
        found[row[:8].hex()] = Row(*numbers, row[18], row[19], bool(row[20] & 128), row[20] & 127)
    return found


def row_of(bundle: Any, ticket: str) -> Row | None:
    return rows_of(bundle).get(UUID(ticket).bytes[:8].hex())
