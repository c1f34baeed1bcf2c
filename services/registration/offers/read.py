"""The read tables of offers, and of the messages that tell of them; and the queries on both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from maarid_contracts.notifications import (
    AnswerReceivedV1,
    CallNotedV1,
    MessageDeliveredV1,
    MessageFailedV1,
    MessageRequestedV1,
)
from maarid_contracts.registration import PLACE_OFFER
from pydantic import Field

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut
from chassis.definition.projection import Projection, Write, write
from chassis.kafka.received import ReceivedEvent
from chassis.log.events import Fact
from chassis.postgres.database import Connection, Pool
from services.registration.selection.domain import (
    ApplicationRejected,
    ApplicationWithdrawn,
    ExhibitorRegistered,
)
from services.registration.selection.offering import (
    OfferDeadlineSet,
    OfferDeclined,
    OfferLapsed,
    PlaceOffered,
)
from services.registration.selection.offers import Ended

# Projection

OFFER = """
insert into offers (offer_id, fair_id, application_id, organisation_id, contact_id, pole_id,
                    booths, hours, offered_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (offer_id) do nothing
"""
DEADLINE = "update offers set began_at = $2, lapses_at = $3, told_by = $4 where offer_id = $1"
END = "update offers set ended = $2, reason = $3, ended_at = $4 where offer_id = $1"
# Last: of the offers to one application at most one has not ended, and after it there is none.
END_LAST = """
update offers set ended = $2, reason = $3, ended_at = $4
 where application_id = $1 and ended is null
"""
STATEMENTS = (OFFER, DEADLINE, END, END_LAST)

OwnEvent = (
    PlaceOffered
    | OfferDeadlineSet
    | OfferDeclined
    | OfferLapsed
    | ExhibitorRegistered
    | ApplicationRejected
    | ApplicationWithdrawn
)


def _write(fact: Fact[OwnEvent]) -> Write | None:
    event, at = fact.event, fact.occurred_at
    match event:
        case PlaceOffered():
            return OFFER, (
                event.offer_id,
                event.fair_id,
                event.application_id,
                event.organisation_id,
                event.contact_id,
                event.pole_id,
                event.booths,
                event.hours,
                at,
            )
        case OfferDeadlineSet():
            return DEADLINE, (event.offer_id, event.began_at, event.lapses_at, event.because)
        case OfferDeclined():
            return END, (event.offer_id, Ended.DECLINED, event.reason, at)
        case OfferLapsed():
            return END, (event.offer_id, Ended.LAPSED, None, at)
        case ExhibitorRegistered():
            if not event.from_waitlist:
                return None
            return END_LAST, (event.exhibitor_id, Ended.ACCEPTED, None, at)
        case ApplicationRejected():
            if event.score is not None:
                return None  # By a selection, which decides on those that do not wait yet.
            return END_LAST, (event.application_id, Ended.WITHDRAWN, event.reason, at)
        case ApplicationWithdrawn():
            return END_LAST, (event.application_id, Ended.WITHDRAWN, event.reason, at)


async def project_own(db: Connection, facts: Sequence[Fact[OwnEvent]]) -> None:
    writes = (_write(fact) for fact in facts)
    await write(db, STATEMENTS, (each for each in writes if each is not None))


# An offer may be heard of before its own event is played again: nothing here depends on that.  Two
# messages about one offer would come in any order, so the greater id counts; the events of one
# message come in order, whatever the clocks of their senders say.
MESSAGE = """
insert into offer_messages (offer_id, message_id, status, reason, at) values ($1, $2, $3, $4, $5)
on conflict (offer_id) do update
   set message_id = excluded.message_id, status = excluded.status, reason = excluded.reason,
       at = excluded.at
 where excluded.message_id >= offer_messages.message_id
"""
Heard = MessageRequestedV1 | MessageDeliveredV1 | MessageFailedV1


def offer_of(event: Heard | AnswerReceivedV1 | CallNotedV1) -> str | None:
    """The id of the offer that a message is about, if it is about one."""
    about = event.about
    return about.id if about is not None and about.kind == PLACE_OFFER else None


async def project_heard(db: Connection, batch: Sequence[ReceivedEvent]) -> None:
    await write(db, (MESSAGE,), (each for received in batch for each in _heard(received)))


def _heard(received: ReceivedEvent) -> list[Write]:
    event: Heard = received.contract
    offer_id, at = offer_of(event), received.occurred_at
    if offer_id is None:
        return []
    match event:
        case MessageRequestedV1():
            return [(MESSAGE, (offer_id, event.message_id, "requested", None, at))]
        case MessageDeliveredV1():
            return [(MESSAGE, (offer_id, event.message_id, "delivered", None, at))]
        case MessageFailedV1():
            return [(MESSAGE, (offer_id, event.message_id, "failed", event.reason, at))]


PROJECTION = Projection(
    tables=("offers", "offer_messages"),
    own=project_own,
    heard=project_heard,
    events=OwnEvent,
    contracts=Heard,
)


# Queries


class OfferState(StrEnum):
    """How far an offer has come."""

    OFFERED = "offered"
    """Its contact has not been told yet, as far as is known."""
    UNREACHED = "unreached"
    """Its contact will not be told, unless by the team."""
    RUNNING = "running"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class OfferOut(AnswerOut):
    """A place that is kept for an application that waited, and what became of it."""

    offer_id: str
    fair_id: str
    application_id: str = Field(description="Once the offer is accepted, the exhibitor.")
    organisation_id: str
    contact_id: str | None
    pole_id: str
    booths: int
    hours: int = Field(description="So long it stands once its contact was told.")
    state: OfferState
    unreached_because: str | None = Field(
        description="Why its time does not run: `no_report` while the message is under way.",
        examples=["no_consent"],
    )
    offered_at: datetime
    began_at: datetime | None = Field(description="When its contact was told.")
    told_by: str | None = Field(description="`delivered` by message, or `told` by the team.")
    lapses_at: datetime | None
    ended_at: datetime | None
    reason: str | None = Field(description="Why it was declined, or its application withdrawn.")


# What ended stays so; the reasons of a failed message are those of notifications.
OFFERS = """
select o.*, s.state,
       case s.state when 'unreached' then coalesce(m.reason, 'no_contact')
                    when 'offered' then 'no_report' end as unreached_because
  from offers as o left join offer_messages as m using (offer_id)
 cross join lateral (
    select case when o.ended is not null then o.ended
                when o.lapses_at is not null then 'running'
                when o.contact_id is null or m.status = 'failed' then 'unreached'
                else 'offered' end as state) as s
"""
OFFERS_OF_FAIR = Listing(
    f"""
    {OFFERS}
     where o.fair_id = $1 and ($2::text is null or s.state = $2)
       and ($3::boolean is null or (o.began_at is not null) = $3)
       and ($4::text[] is null or o.organisation_id = any($4))
    """,
    "offer_id",
    {
        "offered_at": Order(
            "offered_at",
            "timestamptz",
            found="select offered_at from offers where offer_id = $key",
        ),
        "offer_id": Order(),
    },
)


async def offer(db: Connection | Pool, offer_id: str) -> OfferOut | None:
    return OfferOut.found(await db.fetchrow(f"{OFFERS} where o.offer_id = $1", offer_id))
