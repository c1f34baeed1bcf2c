"""Routes of a workshop and its seats."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from maarid_contracts.envelope import Id

from chassis.api import (
    Caller,
    IntentDep,
    Page,
    Paged,
    Role,
    RuntimeDep,
    allow,
    page_of,
    paged,
    public,
)
from chassis.runtime import Runtime
from services.ticketing import handlers, queries
from services.ticketing.api.bodies import (
    Released,
    Reserved,
    Rules,
    Seat,
    SeatGivenUp,
    SeatPath,
    SeatWanted,
    SessionPath,
    Workshop,
)
from services.ticketing.domain.refused import Refused

router = APIRouter(prefix="/workshops/{session_id}", tags=["workshops"])

Seating = Annotated[Caller, allow(Role.ORGANISER, Role.EXHIBITOR, Role.STEWARD, Role.SERVICE)]
Team = Annotated[Caller, allow(Role.ORGANISER, Role.STEWARD, Role.SERVICE)]


@router.get("", dependencies=[public()])
async def show_workshop(session_id: SessionPath, runtime: RuntimeDep) -> Workshop:
    """A workshop, and how many seats it has left."""
    return Workshop.model_validate(await _known_workshop(runtime, session_id))


@router.post("/rules", dependencies=[allow(Role.ORGANISER)])
async def set_rules(
    session_id: SessionPath, rules: Rules, intent: IntentDep, runtime: RuntimeDep
) -> Rules:
    """Say who may reserve how much.  What was reserved stays, also where it is more than that."""
    await handlers.set_rules(runtime, session_id, rules.places_per_organisation, intent)
    return rules


@router.post("/seats", status_code=201)
async def reserve_seat(
    session_id: SessionPath,
    wanted: SeatWanted,
    caller: Seating,
    intent: IntentDep,
    runtime: RuntimeDep,
) -> Reserved:
    """First come, first served.  Whoever finds the workshop full waits, unless `wait` is false.

    An exhibitor takes no more places for its organisation than `places_per_organisation` of the
    workshop; what the team reserves for somebody is not counted.
    """
    attendee, contact = wanted.attendee_id, wanted.contact_id
    organisation = None
    if not await _seats_anybody(runtime, caller, session_id):
        if not await _is_own(runtime, caller, attendee, contact):
            raise Refused("attendee_unknown")
        organisation = caller.organisation_id
    seat = await handlers.reserve_seat(
        runtime, session_id, attendee, contact, wanted.wait, organisation, intent
    )
    status = "reserved" if seat.rank is None else "waitlisted"
    return Reserved(seat_id=seat.seat_id, status=status, rank=seat.rank)


@router.post("/seats/{seat_id}/cancel")
async def cancel_seat(
    session_id: SessionPath,
    seat_id: SeatPath,
    caller: Seating,
    intent: IntentDep,
    runtime: RuntimeDep,
    given_up: SeatGivenUp | None = None,
) -> Released:
    """Give up a seat, or a place on the waiting list.  Whoever has waited longest moves up."""
    if not await _seats_anybody(runtime, caller, session_id):
        await _own_seat(runtime, caller, session_id, seat_id)
    reason = (given_up or SeatGivenUp()).reason
    await handlers.cancel_seat(runtime, session_id, seat_id, reason, intent)
    return Released(seat_id=seat_id)


@router.get("/seats/{seat_id}")
async def show_seat(
    session_id: SessionPath, seat_id: SeatPath, caller: Seating, runtime: RuntimeDep
) -> Seat:
    """A seat, or the rank on the waiting list as it is now."""
    if await _seats_anybody(runtime, caller, session_id):
        return Seat.model_validate(await _known_seat(runtime, session_id, seat_id))
    return Seat.model_validate(await _own_seat(runtime, caller, session_id, seat_id))


@router.get("/seats")
async def list_seats(
    session_id: SessionPath,
    caller: Team,
    runtime: RuntimeDep,
    page: Annotated[Page, page_of(queries.SEATS_OF_SESSION)],
    status: Literal["reserved", "waitlisted", "released"] | None = None,
    attendee_id: Annotated[Id | None, Query(description="Who sits, or waits.")] = None,
) -> Paged[Seat]:
    """Seats in the order in which they were asked for."""
    workshop = await _known_workshop(runtime, session_id)
    if not caller.may_read_fair(workshop.fair_id):
        raise Refused("workshop_unknown", session=session_id)
    part = await queries.seats(
        runtime.pool, session_id, page, status=status, attendee_id=attendee_id
    )
    return paged(part, Seat.model_validate)


async def _known_workshop(runtime: Runtime, session_id: str) -> queries.Workshop:
    workshop = await queries.workshop(runtime.pool, session_id)
    if workshop is None:
        raise Refused("workshop_unknown", session=session_id)
    return workshop


async def _known_seat(runtime: Runtime, session_id: str, seat_id: str) -> queries.Seat:
    seat = await queries.seat(runtime.pool, session_id, seat_id)
    if seat is None:
        raise Refused("seat_unknown", seat=seat_id)
    return seat


async def _own_seat(
    runtime: Runtime, caller: Caller, session_id: str, seat_id: str
) -> queries.Seat:
    """A seat of the caller's organisation; any other does not exist for it."""
    seat = await _known_seat(runtime, session_id, seat_id)
    if not await _is_own(runtime, caller, seat.attendee_id, seat.contact_id):
        raise Refused("seat_unknown", seat=seat_id)
    return seat


async def _seats_anybody(runtime: Runtime, caller: Caller, session_id: str) -> bool:
    """Whether the caller may act for everybody in this workshop: the team, on its own fair."""
    if caller.has(Role.ORGANISER, Role.SERVICE):
        return True
    if caller.has(Role.STEWARD):
        workshop = await _known_workshop(runtime, session_id)
        if caller.may_act_at(workshop.fair_id):
            return True
    if not caller.has(Role.EXHIBITOR):
        raise Refused("workshop_unknown", session=session_id)
    return False


async def _is_own(
    runtime: Runtime, caller: Caller, attendee_id: str, contact_id: str | None
) -> bool:
    """Whether a seat is the business of the caller's organisation.

    Who sits may be a badge or a ticket that nobody can tell the owner of; then whom to tell must
    be a contact of the organisation.  Nobody acts for a contact of another one.
    """
    told = contact_id or attendee_id
    owners = await queries.organisations_of(runtime.pool, [told, attendee_id])
    own = caller.organisation_id
    return own is not None and owners.get(told) == own == owners.get(attendee_id, own)
