"""Read tables of ticketing are the same however the events come in batches, and tell the truth."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from typing import TypeAlias
from uuid import UUID, uuid4, uuid5

import pytest
import pytest_asyncio

from chassis.answers.listing import Page
from chassis.kernel.refused import Refused
from chassis.kernel.text import Text
from chassis.log.events import Fact
from chassis.postgres.database import Pool, open_pool
from services.ticketing.app import definition
from services.ticketing.figures.read import figures
from services.ticketing.tickets import domain as ticket, read as tickets
from services.ticketing.tickets.code import short_code
from services.ticketing.workshops import domain as workshop, read
from tests.conftest import Databases
from tests.running_service import migrated

Event: TypeAlias = workshop.Event | ticket.Event

PROJECTION = definition().projection
FAIR = "oujda-2019"
DAY = date(2019, 3, 27)
ONE = timedelta(days=1)
NOW = datetime(2019, 3, 26, 8, 0, tzinfo=UTC)
STARTS = datetime(2019, 3, 27, 9, 0, tzinfo=UTC)
SEED = UUID("6e1d3f8a-0000-5000-8000-000000000000")


def uid(name: str) -> str:
    return str(uuid5(SEED, name))


def rush(seed: int, session: str) -> tuple[workshop.Workshop, list[Event]]:
    """What happens when many people want few seats, change their minds, and want them again."""
    chance = random.Random(seed)
    opening = workshop.OpenWorkshop(
        FAIR, session, Text("ندوة", "Séminaire"), "hall-a", 5, STARTS, STARTS
    )
    commands: list[workshop.Command] = [opening]
    for n in range(120):
        if chance.random() < 0.65:
            seat, who = uid(f"{session}/{n}"), uid(f"{session}/person/{chance.randrange(40)}")
            told, places = chance.choice([None, who]), chance.choice([1, 1, 1, 2, 3])
            asked = (session, seat, who, told, True, NOW, None, places, chance.random() < 0.3)
            commands.append(workshop.ReserveSeat(*asked))
        elif chance.random() < 0.5:
            seat = uid(f"{session}/{chance.randrange(n + 1)}")
            commands.append(chance.choice(at_any_time(session, seat)))
        else:
            seat = uid(f"{session}/{chance.randrange(n + 1)}")
            commands.append(workshop.CancelSeat(session, seat, "by_hand", NOW))
    moved = workshop.MoveWorkshop(session, "hall-b", STARTS + timedelta(hours=1), STARTS)
    commands.insert(60, moved)
    commands.insert(4, workshop.AdmitWalkIn(session, uid(f"{session}/walk-in"), 1, NOW, NOW))
    let_in = (uid(f"{session}/door"), None, chance.randint(1, 9))
    commands.insert(90, workshop.NoteLetIn(session, *let_in, NOW, NOW))
    for n in (10, 80):
        held = (2, NOW + timedelta(hours=1)) if chance.random() < 0.5 else (None, None)
        rules = workshop.Rules(n, None, *held, chance.choice([None, 30, 30, 30]), 10)
        commands.insert(n, workshop.SetRules(session, rules, NOW))
    if chance.random() < 0.4:
        commands.append(workshop.CancelWorkshop(session, "speaker_ill"))
    state, events = workshop.initial(), list[Event]()
    while commands:
        try:
            decided = workshop.decide(commands.pop(0), state)
        except Refused:
            continue
        state = reduce(workshop.evolve, decided, state)
        events += decided
        if state.offered and chance.random() < 0.4:
            late = NOW + timedelta(hours=7)
            accepted = workshop.AcceptOffer(session, next(iter(state.offered)), NOW)
            answers = (accepted, workshop.MeetDeadlines(session, late))
            commands.insert(0, chance.choice(answers))
        if state.waiting and state.reserved and chance.random() < 0.3:
            given_up = chance.choice(list(state.reserved))
            commands.insert(0, workshop.CancelSeat(session, given_up, "by_hand", NOW))
        if state.reserved and chance.random() < 0.03:
            commands.insert(0, workshop.AttendSeat(session, next(iter(state.reserved)), NOW))
    return state, events


def at_any_time(session: str, seat: str) -> list[workshop.Command]:
    """What may be asked of a seat, or happens at the door."""
    late = NOW + timedelta(hours=7)
    return [
        workshop.BeginOffer(session, seat, NOW),
        workshop.AcceptOffer(session, seat, NOW),
        workshop.DeclineOffer(session, seat, "cannot_come", NOW),
        workshop.PassOffer(session, seat, "no_consent", NOW),
        workshop.AttendSeat(session, seat, NOW),
        workshop.AdmitWalkIn(session, seat, 1, NOW, NOW),
        workshop.MeetDeadlines(session, late),
    ]


def visit(n: int) -> list[Event]:
    """A ticket for one day or several, and for most of them a party that comes in; some are given
    out once more, and some are revoked."""
    chance = random.Random(n)
    fair, who, party = FAIR, uid(f"ticket/{n}"), chance.randint(1, 60)
    province = chance.choice(["berkane", "nador", None])
    last_day = chance.choice([None, None, DAY + ONE, DAY + 3 * ONE])
    kind = ticket.TicketKind.VISITOR
    events: list[Event] = [ticket.TicketIssued(fair, who, kind, DAY, party, province, last_day)]
    for issue in range(2, chance.choice([2, 2, 3, 5])):
        events.append(ticket.TicketReissued(fair, who, issue))
    if chance.random() < 0.7:
        gate = chance.choice(["gate-east", "gate-west"])
        events.append(ticket.TicketCheckedIn(fair, who, gate, party, NOW))
    if chance.random() < 0.2:
        events.append(ticket.TicketRevoked(fair, who, "stolen"))
    return events


def mixed(streams: dict[str, list[Event]]) -> list[Fact[Event]]:
    """Events of many streams, in an order in which a log could have them."""
    chance = random.Random(7)
    pending = {stream: list(enumerate(events, 1)) for stream, events in streams.items()}
    facts: list[Fact[Event]] = []
    while pending:
        stream = chance.choice(list(pending))
        version, event = pending[stream].pop(0)
        if not pending[stream]:
            del pending[stream]
        at = NOW + timedelta(seconds=len(facts))
        id_ = uuid5(SEED, f"{stream}/{version}")
        facts.append(Fact(stream, version, event, id_, at, "test:x", id_, None, id_, None))
    return facts


OF_BEFORE = """
with issued as (
    insert into tickets (ticket_id, fair_id, kind, day, party, province, issued_at)
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::integer[],
                         $6::text[], $7::timestamptz[])
    on conflict (ticket_id) do nothing
    returning fair_id, day, party
)
insert into expected as e (fair_id, day, tickets, people)
select fair_id, day, count(*), sum(party) from issued group by fair_id, day order by fair_id, day
on conflict (fair_id, day) do update
   set tickets = e.tickets + excluded.tickets, people = e.people + excluded.people
"""
STATES = {uid(f"session/{n}"): rush(n, uid(f"session/{n}")) for n in range(8)}
FACTS = mixed(
    {workshop.workshop_stream(session).name: events for session, (_, events) in STATES.items()}
    | {ticket.ticket_stream(uid(f"ticket/{n}")).name: visit(n) for n in range(150)}
)


@pytest_asyncio.fixture(loop_scope="session")
async def pool(database: Databases) -> AsyncGenerator[Pool]:
    _, dsn = await migrated(database, definition())
    async with await open_pool(dsn, name="ticketing-test") as opened:
        yield opened


async def tables_of(pool: Pool, batches: Sequence[Sequence[Fact[Event]]]) -> dict[str, list[str]]:
    """The rows of every read table after these batches, in an empty database."""
    for table in PROJECTION.tables:
        await pool.execute(f"delete from {table}")
    for batch in batches:
        async with pool.acquire() as db, db.transaction():
            await PROJECTION.own(db, batch)
    return {
        table: [
            row["r"] for row in await pool.fetch(f"select t::text as r from {table} t order by 1")
        ]
        for table in PROJECTION.tables
    }


@pytest.mark.parametrize("size", [1, 7, 100])
async def test_the_size_of_batches_makes_no_difference(pool: Pool, size: int) -> None:
    at_once = await tables_of(pool, [FACTS])
    assert all(at_once[table] for table in ("workshops", "seats", "tickets", "arrivals"))
    in_pieces = [FACTS[n : n + size] for n in range(0, len(FACTS), size)]
    assert await tables_of(pool, in_pieces) == at_once


async def test_the_tables_agree_with_the_states_and_with_each_other(pool: Pool) -> None:
    await tables_of(pool, [FACTS[n : n + 50] for n in range(0, len(FACTS), 50)])
    for session, (state, _) in STATES.items():
        shown = await read.workshop(pool, session)
        assert shown is not None
        bound = workshop.rules_of(state).places_per_organisation
        assert shown.places_per_organisation == bound
        offered, lines = set(state.offered), set(state.waiting) - set(state.offered)
        assert shown.seats_reserved == sum(place.places for place in state.reserved.values())
        assert shown.seats_offered == sum(state.waiting[seat].places for seat in offered)
        assert shown.seats_waitlisted == sum(state.waiting[seat].places for seat in lines)
        assert shown.full == (not state.cancelled and state.taken + state.over >= state.capacity)
        if not state.cancelled:
            assert shown.seats_left == max(0, state.capacity - state.taken - state.over)
        assert (shown.hall_id, shown.status == "cancelled") == ("hall-b", state.cancelled)
        seats = (
            await read.seats(pool, session, Page(1000, ""), status=None, attendee_id=None)
        ).rows
        assert {s.seat_id for s in seats if s.status == "reserved"} == set(state.reserved)
        waiting = [s for s in seats if s.status == "waitlisted"]
        assert [s.seat_id for s in waiting] == [s for s in state.waiting if s in lines]
        assert {s.seat_id: s.offered_until for s in seats if s.status == "offered"} == {
            seat: offer.lapses_at for seat, offer in state.offered.items()
        }
        places = {**state.reserved, **state.waiting}
        assert {s.seat_id: s.places for s in seats if s.seat_id in places} == {
            seat: place.places for seat, place in places.items()
        }
        assert [s.rank for s in waiting] == list(range(1, len(waiting) + 1))
        assert {s.seat_id for s in seats if s.status == "released"} == state.released


async def test_figures_count_people_once_however_they_are_grouped(pool: Pool) -> None:
    await tables_of(pool, [FACTS])
    events = [fact.event for fact in FACTS]
    issued = {e.ticket_id: e for e in events if isinstance(e, ticket.TicketIssued)}
    came = [e for e in events if isinstance(e, ticket.TicketCheckedIn)]
    people_in = sum(e.party for e in came)
    revoked = {e.ticket_id for e in events if isinstance(e, ticket.TicketRevoked)}
    good = [e for e in issued.values() if e.ticket_id not in revoked]
    assert 0 < len(good) < len(issued)
    shown = await figures(pool, FAIR)
    assert (shown.tickets, shown.people_expected) == (len(good), sum(e.party for e in good))
    assert shown.people_expected_by_day == {
        day.isoformat(): sum(e.party for e in good if day <= e.until)
        for day in (DAY + n * ONE for n in range(4))
    }
    assert shown.people_in_by_day == {DAY.isoformat(): people_in}
    assert shown.people_in_by_gate == {
        gate: sum(e.party for e in came if e.gate_id == gate) for gate in ("gate-east", "gate-west")
    }
    assert shown.people_in_by_province == {
        province or "not_said": sum(
            e.party for e in came if issued[e.ticket_id].province == province
        )
        for province in ("berkane", "nador", None)
    }
    assert shown.people_in == people_in
    held = [state for state, _ in STATES.values() if not state.cancelled]
    assert (shown.workshops, shown.seats) == (len(held), sum(s.capacity for s in held))
    seated = [place.places for state in held for place in state.reserved.values()]
    assert shown.seats_reserved == sum(seated)
    assert shown.seats_waitlisted + shown.seats_offered == sum(
        place.places for state in held for place in state.waiting.values()
    )
    assert shown.workshops_full == sum(s.taken + s.over >= s.capacity for s in held)
    sessions = {state.session_id for state in held}
    ours = [e for e in events if getattr(e, "session_id", None) in sessions]
    lapsed = [e for e in ours if isinstance(e, workshop.SeatOfferLapsed)]
    taken = [e for e in ours if isinstance(e, workshop.SeatReserved) and e.from_offer]
    offers = [e for e in ours if isinstance(e, workshop.SeatOffered)]
    counted = (shown.seat_offers, shown.seat_offers_taken, shown.seat_offers_lapsed)
    assert counted == (len(offers), len(taken), len(lapsed))
    assert all(counted), "the rush made no offers"
    walked_in = [e.people for e in ours if isinstance(e, workshop.WalkInAdmitted)]
    assert shown.walk_ins == sum(walked_in) > 0
    exceeded = [e.people for e in ours if isinstance(e, workshop.CapacityExceeded)]
    assert shown.over_capacity == sum(exceeded) > 0
    came_in = [e.places for e in ours if isinstance(e, workshop.SeatAttended)]
    assert shown.attended == sum(came_in) > 0


async def test_a_ticket_is_shown_in_its_last_issue_with_its_days_and_letters(pool: Pool) -> None:
    await tables_of(pool, [FACTS[n : n + 20] for n in range(0, len(FACTS), 20)])
    streams: dict[str, ticket.Ticket] = {}
    for fact in FACTS:
        if isinstance(fact.event, ticket.Event):
            streams[fact.event.ticket_id] = ticket.evolve(
                streams.get(fact.event.ticket_id, ticket.initial()), fact.event
            )
    assert {each.issue for each in streams.values()} == {1, 2, 4}
    for ticket_id, state in streams.items():
        shown = await tickets.ticket(pool, ticket_id)
        assert shown is not None
        assert state.issued is not None
        assert (shown.day, shown.last_day) == (state.issued.day, state.issued.until)
        assert (shown.issue, shown.revoked) == (state.issue, state.revoked)
        assert (shown.revoked_at is None, shown.revoked_for) == (
            not state.revoked,
            "stolen" if state.revoked else None,
        )
        assert shown.short_code == short_code(ticket_id, state.issue)


async def test_what_an_older_replica_writes_is_a_first_issue_for_one_day(pool: Pool) -> None:
    """Its statements, as they were before tickets had several days."""
    ticket_id, fair = str(uuid4()), f"agadir-{uuid4().hex[:8]}"
    await pool.execute(OF_BEFORE, [ticket_id], [fair], ["guest"], [DAY], [7], [None], [NOW])
    shown = await tickets.ticket(pool, ticket_id)
    assert shown is not None
    assert (shown.day, shown.last_day, shown.issue, shown.revoked) == (DAY, DAY, 1, False)
    assert shown.short_code == short_code(ticket_id, 1)
    found = await figures(pool, fair)
    assert (found.tickets, found.people_expected) == (1, 7)
    assert found.people_expected_by_day == {DAY.isoformat(): 7}


async def test_a_fair_of_which_nothing_happened_has_figures_of_nought(pool: Pool) -> None:
    shown = await figures(pool, f"nowhere-{uuid4().hex[:8]}")
    assert (shown.workshops, shown.seats, shown.tickets, shown.people_in) == (0, 0, 0, 0)
