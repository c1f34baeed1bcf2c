"""Routes of workshops and their seats."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Path, Query
from maarid_contracts.envelope import Code, Id
from pydantic import ConfigDict, Field, model_validator

from chassis.answers.invalid import wrong
from chassis.answers.shapes import AnswerOut, known
from chassis.api.fields import Day, FairId, Flag, JsonNumber, Moment, RequestIn
from chassis.api.requests import (
    Caller,
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
from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from services.ticketing.fairs import read as fairs
from services.ticketing.workshops import handlers, read
from services.ticketing.workshops.domain import LARGEST_GROUP, CancelSeat, Rules
from services.ticketing.workshops.read import (
    HELD,
    HELD_UNTIL,
    NO_SHOW_MINUTES,
    OFFER_MINUTES,
    OPENS,
    PLACES,
    SeatOut,
    SeatStatus,
    WorkshopOut,
)

SESSION = "0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47"
SEAT = "5b1c9a4e-2f6d-5e0b-8c3a-7d9e1f2a4b6c"
ATTENDEE = "0192f5c4-8a11-7b2e-8d4f-1c2b3a4d5e6f"
CONTACT = "0192f5c4-9b22-7c3d-9e5a-2d3c4b5e6f7a"

Seats = Annotated[int, Field(ge=1, le=100_000), JsonNumber]
Minutes = Annotated[int, Field(ge=1, le=24 * 60), JsonNumber]
Group = Annotated[int, Field(ge=1, le=LARGEST_GROUP), JsonNumber]
Places = Annotated[int, Field(ge=1, le=100_000, description=PLACES), JsonNumber]
SessionPath = Annotated[Id, Path(description="The session of the programme.", examples=[SESSION])]
SeatPath = Annotated[Id, Path(description="The reservation.", examples=[SEAT])]


# Models


class RulesIn(RequestIn):
    """The rules of a workshop that hold from now on, all of them; what was reserved stays."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "places_per_organisation": 4,
                    "opens_at": "2025-09-10T08:00:00Z",
                    "held": 5,
                    "held_until": "2025-09-15T08:00:00Z",
                    "offer_minutes": 30,
                    "no_show_minutes": 10,
                }
            ]
        }
    )

    places_per_organisation: Places
    opens_at: Moment | None = Field(default=None, description=OPENS)
    held: Seats | None = Field(default=None, description=HELD)
    held_until: Moment | None = Field(default=None, description=HELD_UNTIL)
    offer_minutes: Minutes | None = Field(default=None, description=OFFER_MINUTES)
    no_show_minutes: Minutes | None = Field(default=None, description=NO_SHOW_MINUTES)

    @model_validator(mode="after")
    def _held_until_some_time(self) -> Self:
        if (self.held is None) != (self.held_until is None):
            raise wrong("held_until_some_time")
        return self


class RulesOut(AnswerOut):
    """The rules of a workshop that hold from now on."""

    places_per_organisation: int = Field(description=PLACES)
    opens_at: datetime | None = Field(description=OPENS)
    held: int | None = Field(description=HELD)
    held_until: datetime | None = Field(description=HELD_UNTIL)
    offer_minutes: int | None = Field(description=OFFER_MINUTES)
    no_show_minutes: int | None = Field(description=NO_SHOW_MINUTES)


class SeatIn(RequestIn):
    """The person for whom a seat is wanted."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"attendee_id": ATTENDEE, "contact_id": CONTACT}]}
    )

    attendee_id: Id = Field(description="Who will sit: a contact, a ticket, a badge; no name.")
    contact_id: Id | None = Field(default=None, description="Whom to tell.")
    wait: Flag = Field(default=True, description="Wait for a seat where none is left.")
    places: Group = Field(default=1, description="Seats for a group: all of them, or none.")
    supported: Flag = Field(
        default=False,
        description="A programme supports who asks, for whom seats may be held: for the team to"
        " say; of an exhibitor it is known.",
    )


class ReservationOut(AnswerOut):
    """A seat, or a place on the waiting list: then with its rank when it was taken."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"seat_id": SEAT, "status": "waitlisted", "rank": 3}]}
    )

    seat_id: Id
    status: Literal["reserved", "waitlisted"]
    rank: int | None = None


class CancellationIn(RequestIn):
    """Why a seat is given up."""

    reason: Code = "cancelled_by_attendee"


class CancellationOut(AnswerOut):
    seat_id: Id
    status: Literal["released"] = "released"


class DeclineIn(RequestIn):
    """Why an offered seat is not wanted."""

    reason: Code = "cannot_come"


class WalkInIn(RequestIn):
    """People at the door who have no seat."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"people": 2}]})

    people: Group = 1


class WalkInOut(AnswerOut):
    """People who were let in, and how many seats are left now."""

    walk_in_id: Id
    people: int
    seats_left: int


# Routes

router = APIRouter(tags=["workshops"])

Seating = Annotated[Caller, allow(Role.ORGANISER, Role.EXHIBITOR, Role.STEWARD, Role.SERVICE)]
Door = Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD)]
Team = Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD, Role.SERVICE)]


@router.get("/fairs/{fair_id}/workshops", dependencies=[public()])
async def list_workshops(
    fair_id: FairId,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(read.WORKSHOPS_OF_FAIR)],
    full: Annotated[bool | None, Query(description="Only those without a seat left.")] = None,
    day: Annotated[Day | None, Query(description="A day by the clocks of the town.")] = None,
) -> Paged[WorkshopOut]:
    """Workshops with the seats they have left, in the order in which they begin."""
    fair = known(await fairs.fair(runtime.pool, fair_id), "fair_unknown", fair=fair_id)
    return paged(await read.workshops(runtime.pool, fair, page, full=full, day=day))


@router.get("/workshops/{session_id}", dependencies=[public()])
async def show_workshop(session_id: SessionPath, runtime: RuntimeDep) -> WorkshopOut:
    """A workshop, and how many seats it has left."""
    return await _workshop(runtime, session_id)


@router.post("/workshops/{session_id}/rules", dependencies=[allow(Role.ORGANISER)])
async def set_rules(
    session_id: SessionPath, rules: RulesIn, context: ContextDep, runtime: RuntimeDep
) -> RulesOut:
    """Say who may reserve how much from when on, and what becomes of seats that become free.  What
    was reserved stays, also where it is more than that.  What is left out holds no longer."""
    await handlers.set_rules(runtime, context, session_id, rules.as_a(Rules))
    return RulesOut(**rules.model_dump())


@router.post("/workshops/{session_id}/seats", status_code=201)
async def reserve_seat(
    session_id: SessionPath,
    wanted: SeatIn,
    caller: Seating,
    context: ContextDep,
    runtime: RuntimeDep,
) -> ReservationOut:
    """First come, first served.  Where too few seats are left, the attendee waits, unless `wait` is
    false; a group waits for all its places, and smaller ones may be seated before it.

    An exhibitor takes no more places for its organisation than `places_per_organisation` of the
    workshop; what the team reserves is not counted.
    """
    attendee, contact = wanted.attendee_id, wanted.contact_id
    organisation, supported = None, wanted.supported
    if not await _may_seat_all(runtime, caller, session_id):
        if not await _is_own(runtime, caller, attendee, contact):
            raise Refused("attendee_unknown")
        organisation = caller.organisation_id
        assert organisation is not None  # Or nothing would be its own.
        supported = await read.is_supported(runtime.pool, session_id, organisation)
    who = (attendee, contact, wanted.wait, organisation, wanted.places, supported)
    seat_id, rank = await handlers.reserve_seat(runtime, context, session_id, *who)
    status = "reserved" if rank is None else "waitlisted"
    return ReservationOut(seat_id=seat_id, status=status, rank=rank)


@router.post("/workshops/{session_id}/seats/{seat_id}/cancel")
async def cancel_seat(
    session_id: SessionPath,
    seat_id: SeatPath,
    caller: Seating,
    context: ContextDep,
    runtime: RuntimeDep,
    given_up: CancellationIn | None = None,
) -> CancellationOut:
    """Give up a seat, or a place on the waiting list.  The first on the waiting list whom it fits
    moves up, or is offered it."""
    if not await _may_seat_all(runtime, caller, session_id):
        await _own_seat(runtime, caller, session_id, seat_id)
    reason = (given_up or CancellationIn()).reason
    command = CancelSeat(session_id, seat_id, reason, runtime.clock.now())
    await handlers.execute_freeing(runtime, context, command)
    return CancellationOut(seat_id=seat_id)


@router.post("/workshops/{session_id}/seats/{seat_id}/accept")
async def accept_seat(
    session_id: SessionPath,
    seat_id: SeatPath,
    caller: Seating,
    context: ContextDep,
    runtime: RuntimeDep,
) -> SeatOut:
    """Take the seat that is offered."""
    await _answerable(runtime, caller, session_id, seat_id)
    await handlers.accept_offer(runtime, context, seat_id)
    return await _seat(runtime, session_id, seat_id)


@router.post("/workshops/{session_id}/seats/{seat_id}/decline")
async def decline_seat(
    session_id: SessionPath,
    seat_id: SeatPath,
    caller: Seating,
    context: ContextDep,
    runtime: RuntimeDep,
    declined: DeclineIn | None = None,
) -> SeatOut:
    """Leave the seat that is offered to the next, and wait no longer."""
    await _answerable(runtime, caller, session_id, seat_id)
    reason = (declined or DeclineIn()).reason
    await handlers.decline_offer(runtime, context, seat_id, reason)
    return await _seat(runtime, session_id, seat_id)


@router.post("/workshops/{session_id}/seats/{seat_id}/attend")
async def attend_seat(
    session_id: SessionPath,
    seat_id: SeatPath,
    caller: Door,
    context: ContextDep,
    runtime: RuntimeDep,
) -> SeatOut:
    """A reservation is shown at the door: its people are inside, and keep their seats."""
    await _may_seat_all(runtime, caller, session_id)
    now = runtime.clock.now()
    await handlers.attend_seat(runtime, context, session_id, seat_id, now)
    return await _seat(runtime, session_id, seat_id)


@router.post("/workshops/{session_id}/walk-ins", status_code=201)
async def admit_walk_in(
    session_id: SessionPath,
    body: WalkInIn,
    caller: Door,
    context: ContextDep,
    runtime: RuntimeDep,
) -> WalkInOut:
    """Let in people without a seat, all of them or none, where seats are free."""
    await _may_seat_all(runtime, caller, session_id)
    now = runtime.clock.now()
    id_ = await handlers.admit_walk_in(runtime, context, session_id, body.people, now)
    left = (await _workshop(runtime, session_id)).seats_left
    return WalkInOut(walk_in_id=id_, people=body.people, seats_left=left)


@router.get("/workshops/{session_id}/seats/{seat_id}")
async def show_seat(
    session_id: SessionPath, seat_id: SeatPath, caller: Seating, runtime: RuntimeDep
) -> SeatOut:
    """A seat, or the rank on the waiting list as it is now."""
    if await _may_seat_all(runtime, caller, session_id):
        return await _seat(runtime, session_id, seat_id)
    return await _own_seat(runtime, caller, session_id, seat_id)


@router.get("/workshops/{session_id}/seats")
async def list_seats(
    session_id: SessionPath,
    caller: Team,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(read.SEATS_OF_SESSION)],
    status: SeatStatus | None = None,
    attendee_id: Annotated[Id | None, Query(description="Who sits, or waits.")] = None,
) -> Paged[SeatOut]:
    """Seats in the order in which they were asked for."""
    workshop = await _workshop(runtime, session_id)
    if not caller.may_read_fair(workshop.fair_id):
        raise Refused("workshop_unknown", session=session_id)
    part = await read.seats(runtime.pool, session_id, page, status=status, attendee_id=attendee_id)
    return paged(part)


async def _workshop(runtime: Runtime, session_id: str) -> WorkshopOut:
    workshop = await read.workshop(runtime.pool, session_id)
    return known(workshop, "workshop_unknown", session=session_id)


async def _seat(runtime: Runtime, session_id: str, seat_id: str) -> SeatOut:
    return known(await read.seat(runtime.pool, session_id, seat_id), "seat_unknown", seat=seat_id)


async def _answerable(runtime: Runtime, caller: Caller, session_id: str, seat_id: str) -> None:
    """Raises Refused where a workshop has no such seat, or the caller may not answer for it."""
    if await _may_seat_all(runtime, caller, session_id):
        await _seat(runtime, session_id, seat_id)
    else:
        await _own_seat(runtime, caller, session_id, seat_id)


async def _own_seat(runtime: Runtime, caller: Caller, session_id: str, seat_id: str) -> SeatOut:
    """A seat of the caller's organisation; any other does not exist for it."""
    seat = await _seat(runtime, session_id, seat_id)
    if not await _is_own(runtime, caller, seat.attendee_id, seat.contact_id):
        raise Refused("seat_unknown", seat=seat_id)
    return seat


async def _may_seat_all(runtime: Runtime, caller: Caller, session_id: str) -> bool:
    """Whether the caller may act for any attendee of this workshop: the team, on its own fair."""
    if caller.has(Role.ORGANISER, Role.SERVICE):
        return True
    if caller.has(Role.STEWARD):
        workshop = await _workshop(runtime, session_id)
        if caller.may_act_at(workshop.fair_id):
            return True
    if not caller.has(Role.EXHIBITOR):
        raise Refused("workshop_unknown", session=session_id)
    return False


async def _is_own(
    runtime: Runtime, caller: Caller, attendee_id: str, contact_id: str | None
) -> bool:
    """Whether a seat belongs to the caller's organisation.

    The attendee may be a badge or a ticket, whose owner we do not know; then the contact to tell
    must be one of the organisation.  No organisation acts for a contact of another one.
    """
    told = contact_id or attendee_id
    owners = await fairs.organisations_of(runtime.pool, [told, attendee_id])
    own = caller.organisation_id
    return own is not None and owners.get(told) == own == owners.get(attendee_id, own)
