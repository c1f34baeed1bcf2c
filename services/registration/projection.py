"""Own events to read tables, a statement for all rows of a kind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from chassis.database import Connection
from chassis.log import Fact
from chassis.projection import Projection
from services.registration.domain.application import (
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    ExhibitorRegistered,
    ExhibitorWithdrawn,
)
from services.registration.domain.fair import (
    CallClosed,
    CallOpened,
    FairAnnounced,
    FairCancelled,
    FairChanged,
)
from services.registration.domain.organisation import (
    ConsentGiven,
    ConsentWithdrawn,
    ContactAdded,
    ContactErased,
    OrganisationEnrolled,
)
from services.registration.domain.selection import Status
from services.registration.translate import Event

ANNOUNCE = """
insert into fairs (fair_id, edition, name, region, city, venue, timezone, first_day, last_day,
                        opens_at, closes_at, area_m2, poles, programmes, announced_at)
values ($1, $2, $3::jsonb, $4::jsonb, $5::jsonb, $6::jsonb, $7, $8, $9, $10, $11, $12, $13::jsonb,
        $14::jsonb, $15)
on conflict (fair_id) do nothing
"""
CHANGE = """
update fairs set edition = $2, name = $3::jsonb, region = $4::jsonb, city = $5::jsonb,
       venue = $6::jsonb, timezone = $7, first_day = $8, last_day = $9, opens_at = $10,
       closes_at = $11, area_m2 = $12
 where fair_id = $1
"""
CANCEL = "update fairs set cancelled_because = $2 where fair_id = $1"
CALL = """
update fairs set call_status = $2, call_closes_at = coalesce($3, call_closes_at),
       call_closed_because = $4 where fair_id = $1
"""
ENROL = """
insert into organisations (organisation_id, kind, name, province, region, country, women_led,
                                youth_led, enrolled_at)
values ($1, $2, $3::jsonb, $4, $5, $6, $7, $8, $9)
on conflict (organisation_id) do nothing
"""
ADD_CONTACT = """
insert into contact_standings (contact_id, organisation_id, role, added_version)
values ($1, $2, $3, $4)
on conflict (contact_id) do nothing
"""
CONSENT = """
update contact_standings set consent = $2, consent_changes = consent_changes + 1
 where contact_id = $1
"""
ERASE = "update contact_standings set erased = true, consent = false where contact_id = $1"
APPLY = """
insert into applications (application_id, fair_id, organisation_id, contact_id, participation,
                               pole_id, products, families, booths, people, needs, programmes,
                               submitted_at)
values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11::jsonb, $12, $13)
on conflict (application_id) do nothing
"""
DECIDE = """
update applications set status = $2, reason = $3, rank = $4, from_waitlist = $5,
       decided_at = $6 where application_id = $1
"""

Rows = list[tuple[Any, ...]]


async def project(db: Connection, facts: Sequence[Fact]) -> None:
    """Write what the events say.  New rows come first, then their changes in order.

    A row that is there was written by another replica at this moment: the log refuses the round.
    """
    rows: dict[str, Rows] = {
        statement: []
        for statement in (
            ANNOUNCE,
            CHANGE,
            CANCEL,
            CALL,
            ENROL,
            ADD_CONTACT,
            CONSENT,
            ERASE,
            APPLY,
            DECIDE,
        )
    }
    for fact in facts:
        statement, row = _row(fact.event, fact)
        rows[statement].append(row)
    for statement, found in rows.items():
        if found:
            await db.executemany(statement, found)


def _row(event: Event, fact: Fact) -> tuple[str, tuple[Any, ...]]:
    at = fact.occurred_at
    match event:
        case FairAnnounced():
            return ANNOUNCE, (*_fair(event), _json(event.poles), _json(event.programmes), at)
        case FairChanged():
            return CHANGE, _fair(event)
        case FairCancelled():
            return CANCEL, (event.fair_id, event.reason)
        case CallOpened():
            return CALL, (event.fair_id, "open", event.closes_at, None)
        case CallClosed():
            return CALL, (event.fair_id, "closed", None, event.reason)
        case OrganisationEnrolled():
            return ENROL, _organisation(event, at)
        case ContactAdded():
            return ADD_CONTACT, (event.contact_id, event.organisation_id, event.role, fact.version)
        case ConsentGiven():
            return CONSENT, (event.contact_id, True)
        case ConsentWithdrawn():
            return CONSENT, (event.contact_id, False)
        case ContactErased():
            return ERASE, (event.contact_id,)
        case ApplicationSubmitted():
            return APPLY, _application(event, at)
        case ExhibitorRegistered():
            return DECIDE, (
                event.exhibitor_id,
                Status.ACCEPTED,
                event.reason,
                None,
                event.from_waitlist,
                at,
            )
        case ApplicationWaitlisted():
            row = (event.application_id, Status.WAITLISTED, event.reason, event.rank, False, at)
            return DECIDE, row
        case ApplicationRejected():
            return DECIDE, (event.application_id, Status.REJECTED, event.reason, None, False, at)
        case ApplicationWithdrawn():
            return DECIDE, (event.application_id, Status.WITHDRAWN, event.reason, None, False, at)
        case ExhibitorWithdrawn():
            return DECIDE, (event.exhibitor_id, Status.WITHDRAWN, event.reason, None, False, at)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _fair(event: FairAnnounced | FairChanged) -> tuple[Any, ...]:
    return (
        event.fair_id,
        event.edition,
        _json(event.name),
        _json(event.region),
        _json(event.city),
        _json(event.venue),
        event.timezone,
        event.first_day,
        event.last_day,
        event.opens_at,
        event.closes_at,
        event.area_m2,
    )


def _organisation(event: OrganisationEnrolled, at: datetime) -> tuple[Any, ...]:
    return (
        event.organisation_id,
        event.kind,
        _json(event.name),
        event.province,
        event.region,
        event.country,
        event.women_led,
        event.youth_led,
        at,
    )


def _application(event: ApplicationSubmitted, at: datetime) -> tuple[Any, ...]:
    return (
        event.application_id,
        event.fair_id,
        event.organisation_id,
        event.contact_id,
        event.participation,
        event.pole_id,
        _json(event.products),
        sorted({product.family for product in event.products}),
        event.booths,
        event.people,
        _json(event.needs),
        list(event.programmes),
        at,
    )


PROJECTION = Projection(
    tables=("fairs", "organisations", "contact_standings", "applications"), own=project
)
