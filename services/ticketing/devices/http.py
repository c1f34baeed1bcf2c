"""Routes of devices: how they are paired and revoked, what they are given, and what they upload."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Query, Request
from maarid_contracts.envelope import Code, Id, Slug
from pydantic import ConfigDict, Field, StringConstraints
from starlette.responses import Response, StreamingResponse

from chassis.answers.shapes import AnswerOut, known
from chassis.api.fields import FairId, Flag, JsonNumber, Moment, PathId, RequestIn
from chassis.api.requests import (
    Caller,
    CleanText,
    ContextDep,
    Page,
    Paged,
    Role,
    RuntimeDep,
    allow,
    page_of,
    paged,
    public,
)
from chassis.edge.denials import Bucket
from chassis.kernel.refused import Refused
from services.ticketing.devices import handlers, rows
from services.ticketing.devices.handlers import TRIES_AT_ONCE, TRY_EVERY, Said
from services.ticketing.devices.rows import Device, DeviceOut
from services.ticketing.fairs import read as fairs
from services.ticketing.gates.kinds import TicketKind
from services.ticketing.tickets.code import day_number

MOST_SCANS = 500
Label = Annotated[CleanText, Field(max_length=40, examples=["phone 3"])]
Typed = Annotated[str, StringConstraints(max_length=20, pattern=r"^[A-Za-z -]+$")]
Sequence_ = Annotated[int, Field(ge=1, le=1_000_000_000), JsonNumber]
Milliseconds = Annotated[int, Field(ge=-(10**13), le=10**13), JsonNumber]
Issue = Annotated[int, Field(ge=0, le=255), JsonNumber]
People = Annotated[int, Field(ge=1, le=60), JsonNumber]

router = APIRouter(tags=["gates"])
Phone = Annotated[Caller, allow(Role.DEVICE)]


# Models


class DeviceIn(RequestIn):
    """A phone that is to stand at a gate, or at the door of a workshop."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"label": "phone 3", "gate_id": "gate-north"}]}
    )

    label: Label = Field(description="What the team calls the phone; not whose it is.")
    gate_id: Slug
    session_id: Id | None = Field(default=None, description="At the door of this workshop.")


class PairingOut(AnswerOut):
    """What is typed on the phone, once, until a time."""

    device_id: Id
    pairing_code: str = Field(examples=["QTHZKABM"])
    expires_at: datetime


class PairIn(RequestIn):
    """The code that an organiser shows."""

    code: Typed = Field(examples=["QTHZ KABM"])


class PairedOut(AnswerOut):
    """The device; its token is shown this once."""

    device_id: Id
    token: str
    fair_id: Slug
    gate_id: Slug
    session_id: Id | None
    label: str


class DayOut(AnswerOut):
    """A day of the fair, from midnight to midnight by the clocks of its town."""

    day: str
    number: int = Field(description="Days since 2020-01-01, as in the code of a ticket.")
    begins: datetime
    ends: datetime


class RuleOut(AnswerOut):
    reentry: bool


class TrustedOut(AnswerOut):
    id: int
    public: str = Field(description="The 32 bytes of an Ed25519 public key in base64url.")


class RowsOut(AnswerOut):
    """Tickets as 21 bytes each (docs/gates.md)."""

    count: int
    rows: str = Field(description="Base64url without padding.")


class BundleOut(AnswerOut):
    """What a device needs to decide alone."""

    version: int = Field(description="To ask for what has changed since, as `since`.")
    whole: bool = Field(description="Whether these are all tickets, or those that changed.")
    at: datetime
    fair_id: Slug
    fair_hash: str
    gate_id: Slug
    session_id: Id | None
    timezone: str
    keys: Sequence[TrustedOut]
    days: Sequence[DayOut]
    rules: Mapping[str, RuleOut]
    fair_cancelled: bool
    inside_limit: int | None
    inside: int
    sessions: Sequence[Mapping[str, Any]] = Field(
        description="The workshop at whose door the device stands, with its seats."
    )
    tickets: RowsOut


class ScanIn(RequestIn):
    """What a device saw, and what it decided."""

    scan_id: Id
    sequence: Sequence_ = Field(description="The device counts its scans, from 1 on.")
    at: Moment = Field(description="By the clock of the device.")
    offset_ms: Milliseconds | None = Field(
        default=None, description="What the server's clock was ahead when last compared."
    )
    ticket_id: Id | None = None
    typed: Typed | None = Field(default=None, description="The letters that were typed.")
    issue: Issue | None = None
    direction: Literal["in", "out"]
    people: People
    verdict: Code
    decided: Literal["online", "offline"]
    overruled: Flag = False


class ScansIn(RequestIn):
    """Scans of one device, in any order; those that were uploaded before may come again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sent_at": "2025-09-18T09:31:00Z",
                    "scans": [
                        {
                            "scan_id": "7b7c2e61-0c4e-4a77-8f0e-0d4e4a6f7a10",
                            "sequence": 17,
                            "at": "2025-09-18T09:30:12Z",
                            "offset_ms": -420000,
                            "ticket_id": "c0a8f3d2-61b4-5f7e-9a0c-3e5d7b9f1a2c",
                            "issue": 1,
                            "direction": "in",
                            "people": 2,
                            "verdict": "let_in",
                            "decided": "offline",
                        }
                    ],
                }
            ]
        }
    )

    sent_at: Moment = Field(description="By the clock of the device, when it sends this.")
    scans: list[ScanIn] = Field(min_length=1, max_length=MOST_SCANS)


class ReceivedOut(AnswerOut):
    """What is known of a device's scans now."""

    received_to: int = Field(description="The highest sequence without a gap before it.")
    known: int = Field(description="Scans of this batch that were known already.")
    at: datetime


# Routes


@router.post("/fairs/{fair_id}/devices", status_code=201, dependencies=[allow(Role.ORGANISER)])
async def register_device(
    fair_id: FairId, wanted: DeviceIn, context: ContextDep, runtime: RuntimeDep
) -> PairingOut:
    """Make a phone known, which then is paired by a code within 15 minutes."""
    place = (wanted.label, wanted.gate_id, wanted.session_id)
    device_id, code, until = await handlers.register(runtime, context, fair_id, *place)
    return PairingOut(device_id=device_id, pairing_code=code, expires_at=until)


@router.post("/devices/pair", dependencies=[public()])
async def pair_device(body: PairIn, runtime: RuntimeDep, request: Request) -> PairedOut:
    """Give a phone its token for the code of an organiser: once, and only then."""
    state = request.app.state
    tries: Bucket | None = getattr(state, "pairing_tries", None)
    if tries is None:
        tries = state.pairing_tries = Bucket(TRIES_AT_ONCE, TRY_EVERY)
    token, device = await handlers.pair(runtime, tries, body.code)
    return PairedOut(token=token, **device._asdict())


@router.get("/fairs/{fair_id}/devices")
async def list_devices(
    fair_id: FairId,
    caller: Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD, Role.SERVICE)],
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(rows.DEVICES)],
) -> Paged[DeviceOut]:
    """The phones of a fair, in the order in which they were made known."""
    known(await fairs.fair(runtime.pool, fair_id), "fair_unknown", fair=fair_id)
    if not caller.may_read_fair(fair_id):
        raise Refused("fair_unknown", fair=fair_id)
    return paged(await rows.devices(runtime.pool, fair_id, page))


@router.delete("/devices/{device_id}", dependencies=[allow(Role.ORGANISER)])
async def revoke_device(device_id: PathId, context: ContextDep, runtime: RuntimeDep) -> DeviceOut:
    """Let a phone that was lost do nothing any more, from this moment on."""
    device = await rows.revoke(runtime.pool, device_id, runtime.clock.now())
    return known(device, "device_unknown", device=device_id)


@router.get("/devices/{device_id}/bundle", response_model=BundleOut)
async def show_bundle(
    device_id: PathId,
    caller: Phone,
    runtime: RuntimeDep,
    request: Request,
    since: Annotated[
        int, Query(ge=0, le=2**62, description="`version` of the bundle that the device has.")
    ] = 0,
) -> Response:
    """All that a device needs to decide alone, or what has changed since it asked last."""
    device = _own(request, caller, device_id)
    bundle = await handlers.bundle(runtime, device, since)
    fair, held = bundle.fair, bundle.tickets
    head = {
        "version": held.version,
        "whole": held.whole,
        "at": runtime.clock.now(),
        "fair_id": device.fair_id,
        "fair_hash": bundle.fair_hash,
        "gate_id": device.gate_id,
        "session_id": device.session_id,
        "timezone": fair.timezone,
        "keys": bundle.keys,
        "days": _days_of(fair),
        "rules": {
            kind.value: {"reentry": kind.value in bundle.rules.reentry} for kind in TicketKind
        },
        "fair_cancelled": fair.cancelled,
        "inside_limit": bundle.rules.inside_limit,
        "inside": bundle.inside,
        "sessions": bundle.sessions,
    }
    parts = _parts_of(orjson.dumps(head, option=orjson.OPT_UTC_Z), held.number, held.rows)
    return StreamingResponse(parts, media_type="application/json")


def _days_of(fair: fairs.Fair) -> list[dict[str, Any]]:
    days: list[dict[str, Any]] = []
    for number in range((fair.last_day - fair.first_day).days + 1):
        day = fair.first_day + timedelta(days=number)
        begins, ends = (
            moment.astimezone(ZoneInfo(fair.timezone)).astimezone(UTC)
            for moment in fair.hours_of(day)
        )
        days.append(
            {
                "day": day.isoformat(),
                "number": day_number(day),
                "begins": begins,
                "ends": ends,
            }
        )
    return days


PIECE = 48 * 1024
"""Bytes that are encoded, and compressed, in one go: others get their turn between two."""


async def _parts_of(head: bytes, count: int, rows_: bytes) -> AsyncIterator[bytes]:
    yield head[:-1] + b',"tickets":{"count":%d,"rows":"' % count
    for begin in range(0, len(rows_), PIECE):
        # Both are whole multiples of three bytes, so no piece is padded.
        yield base64.urlsafe_b64encode(rows_[begin : begin + PIECE])
    yield b'"}}'


@router.post("/devices/{device_id}/scans")
async def record_scans(
    device_id: PathId, body: ScansIn, caller: Phone, runtime: RuntimeDep, request: Request
) -> ReceivedOut:
    """Keep what a device saw.  What is known already is passed over, and gaps are accepted.

    A number that comes with another scan than before is refused with the whole batch, and the team
    is told.  Times that cannot be are refused as well.
    """
    device = _own(request, caller, device_id)
    said = [Said(**dict(each)) for each in body.scans]
    received = await handlers.record(runtime, device, body.sent_at, said)
    return ReceivedOut.model_validate(received)


def _own(request: Request, caller: Caller, device_id: str) -> Device:
    """The device that asks; any other does not exist for it."""
    if caller.subject != device_id:
        raise Refused("device_unknown", device=device_id)
    return request.state.device
