"""What must hold after any chaos, from the client's own history and the public topics alone.

Each check returns what it found wrong, in words; an empty list means that it holds.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from chaos.facts import Fact, Facts
from chaos.history import Call
from chaos.people import BOOTHS, PLACES, Kept

Check = Callable[[Sequence[Call], Facts], list[str]]


def acknowledged_once(calls: Sequence[Call], facts: Facts) -> list[str]:
    """What was acknowledged is there once; what was refused is not there."""
    wrong: list[str] = []
    for what, (types, name, subject) in ACKNOWLEDGED.items():
        there = Counter(str(fact.data[name]) for fact in facts.of(*types))
        for call in calls:
            if call.what == what and call.accepted:
                id_ = str(call.answer.get(subject) or call.subject.get(subject))
                if there[id_] != 1:
                    wrong.append(f"{what} {id_} was acknowledged and is there {there[id_]} times")
        doubled = [id_ for id_, count in there.items() if count > 1]
        wrong += [f"{what} {id_} is there {there[id_]} times" for id_ in doubled]
    return wrong


ACKNOWLEDGED: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "enrol": (("OrganisationEnrolled",), "organisation_id", "organisation_id"),
    "add_contact": (("ContactAdded",), "contact_id", "contact_id"),
    "erase": (("ContactErased",), "contact_id", "contact"),
    "schedule": (("SessionScheduled",), "session_id", "session_id"),
    "cancel_session": (("SessionCancelled",), "session_id", "session"),
    "release": (("SeatReleased",), "seat_id", "seat"),
    "issue": (("TicketIssued",), "ticket_id", "ticket_id"),
    "apply": (("ApplicationSubmitted",), "application_id", "application_id"),
    "accept": (("ExhibitorRegistered",), "exhibitor_id", "application"),
}
"""Wish -> (the facts it leads to, their field with an id, the id's name in answer or subject)."""


def seats_once(calls: Sequence[Call], facts: Facts) -> list[str]:
    """Each seat that was acknowledged was given once, as it was said: at once, or to wait for."""
    first: dict[str, str] = {}
    given: Counter[str] = Counter()
    for fact in facts.of("SeatReserved", "SeatWaitlisted"):
        seat = str(fact.data["seat_id"])
        first.setdefault(seat, fact.type)
        given[seat] += fact.type == "SeatReserved"
    wrong = [f"seat {seat} was given {count} times" for seat, count in given.items() if count > 1]
    for call in calls:
        if call.what == "reserve" and call.accepted:
            seat = str(call.answer["seat_id"])
            said = "SeatReserved" if call.answer["status"] == "reserved" else "SeatWaitlisted"
            if first.get(seat) != said:
                wrong.append(f"seat {seat}: told {said}, and it is {first.get(seat)}")
    return wrong


def never_over_capacity(calls: Sequence[Call], facts: Facts) -> list[str]:
    """At no time were more seats held than there are: in the stream, and as clients were told."""
    wrong: list[str] = []
    capacity: dict[str, int] = {}
    for session, events in _workshops(facts).items():
        held: set[str] = set()
        for fact in events:
            match fact.type:
                case "WorkshopOpened":
                    capacity[session] = fact.data["capacity"]
                case "SeatReserved":
                    held.add(fact.data["seat_id"])
                case "SeatReleased":
                    held.discard(fact.data["seat_id"])
                case _:
                    pass
            if len(held) > capacity.get(session, 0):
                wrong.append(f"{session}: {len(held)} of {capacity.get(session)} seats")
                break
    for session, moments in _surely_held(calls).items():
        most = held_now = 0
        for _, step in sorted(moments):
            held_now += step
            most = max(most, held_now)
        if most > capacity.get(session, 0):
            wrong.append(f"{session}: {most} seats were held at once, as clients were told")
    return wrong


def _surely_held(calls: Sequence[Call]) -> dict[str, list[tuple[float, int]]]:
    """For each session, when seats were held beyond doubt: from the answer to the wish to go."""
    gone: dict[str, float] = {}
    closed: dict[str, float] = {}
    for call in calls:
        if call.what == "release":
            gone[call.subject["seat"]] = min(gone.get(call.subject["seat"], call.began), call.began)
        elif call.what == "cancel_session":
            closed[call.subject["session"]] = call.began
    moments: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for call in calls:
        if call.what != "reserve" or not call.accepted or call.answer["status"] != "reserved":
            continue
        assert call.ended is not None
        session = call.subject["session"]
        until = min(
            gone.get(str(call.answer["seat_id"]), float("inf")),
            closed.get(session, float("inf")),
        )
        if until > call.ended:
            moments[session] += [(call.ended, 1), (until, -1)]
    return moments


def nobody_refused_while_a_seat_was_free(calls: Sequence[Call], facts: Facts) -> list[str]:
    """Whoever was told "full" was told so while all seats may have been taken (real time)."""
    capacity = {
        session: int(events[0].data["capacity"])
        for session, events in _workshops(facts).items()
        if events and events[0].type == "WorkshopOpened"
    }
    wrong: list[str] = []
    by_session: dict[str, list[Call]] = defaultdict(list)
    left: dict[str, float] = {}
    for call in calls:
        if call.what == "reserve":
            by_session[call.subject["session"]].append(call)
        elif call.what == "release" and call.accepted and call.ended is not None:
            left[call.subject["seat"]] = call.ended
    for session, asked in by_session.items():
        for call in asked:
            if _told_full(call) and _most_taken(call, asked, left) < capacity.get(session, 0):
                wrong.append(f"{session}: {call.key} was told full while a seat was free")
    return wrong


def _told_full(call: Call) -> bool:
    waits = call.accepted and call.answer["status"] == "waitlisted"
    return waits or (call.refused and call.code == "workshop_full")


def _most_taken(call: Call, asked: Sequence[Call], left: Mapping[str, float]) -> int:
    """The most seats that can have been taken at one moment of a call."""
    assert call.ended is not None
    moments: list[tuple[float, int]] = []
    for other in asked:
        if other is call or other.refused or other.began > call.ended:
            continue
        until = left.get(str(other.answer.get("seat_id")), float("inf"))
        if until >= call.began:
            moments += [(max(other.began, call.began), 1), (until, -1)]
    most = taken = 0
    # At one moment first those who come, for they may have come an instant before.
    for _, step in sorted(moments, key=lambda moment: (moment[0], -moment[1])):
        taken += step
        most = max(most, taken)
    return most


def nobody_overtaken(calls: Sequence[Call], facts: Facts) -> list[str]:
    """Who waited longest moved up first, and who was answered before another asked came first."""
    asked_for = {
        str(call.answer["seat_id"]): call
        for call in calls
        if call.what == "reserve" and call.accepted
    }
    wrong: list[str] = []
    for session, events in _workshops(facts).items():
        waiting: OrderedDict[str, None] = OrderedDict()
        latest = 0.0
        for fact in events:
            seat = str(fact.data.get("seat_id"))
            match fact.type:
                case "SeatWaitlisted":
                    waiting[seat] = None
                case "SeatReserved" if fact.data.get("from_waitlist"):
                    if next(iter(waiting), None) != seat:
                        wrong.append(f"{session}: {seat} moved up before others")
                    waiting.pop(seat, None)
                    continue
                case "SeatReserved" if waiting:
                    wrong.append(f"{session}: {seat} was given while {len(waiting)} waited")
                case "SeatReleased":
                    waiting.pop(seat, None)
                    continue
                case "SeatReserved":
                    pass
                case _:
                    continue
            call = asked_for.get(seat)
            if call is not None and call.ended is not None:
                if latest > call.ended:
                    wrong.append(f"{session}: {seat} stands behind one that asked later")
                latest = max(latest, call.began)
    return wrong


def one_message_a_fact(calls: Sequence[Call], facts: Facts) -> list[str]:
    """Whoever is to be told of a seat has one message for it; no fact tells anybody twice."""
    told = Counter(
        (fact.causation_id, str(fact.data["contact_id"])) for fact in facts.of("MessageRequested")
    )
    wrong = [
        f"{contact} was told {count} times because of {cause}"
        for (cause, contact), count in told.items()
        if count > 1
    ]
    for fact in facts.of("SeatReserved", "SeatWaitlisted"):
        contact = fact.data.get("contact_id")
        if contact is not None and told[(fact.id, str(contact))] == 0:
            wrong.append(f"{contact} was not told of {fact.type} {fact.id}")
    return wrong


def one_holder_a_booth(calls: Sequence[Call], facts: Facts) -> list[str]:
    """A booth has one holder, and who was told that it is theirs had it."""
    wrong: list[str] = []
    ever: set[tuple[str, str]] = set()
    for stream in facts.by_stream.values():
        holders: dict[str, str] = {}
        for fact in stream:
            if fact.type == "BoothAssigned":
                booth = str(fact.data["booth_id"])
                if booth in holders:
                    wrong.append(f"{booth} has two holders")
                holders[booth] = str(fact.data["exhibitor_id"])
                ever.add((booth, holders[booth]))
            elif fact.type == "BoothReleased":
                holders.pop(str(fact.data["booth_id"]), None)
        if len(holders) > BOOTHS:
            wrong.append(f"{len(holders)} booths are held")
    for call in calls:
        if call.what == "assign" and call.accepted:
            wanted = (call.subject["booth"], call.subject["exhibitor"])
            if wanted not in ever:
                wrong.append(f"{wanted[0]} was said to be {wanted[1]}'s and never was")
    return wrong


def places_hold(calls: Sequence[Call], facts: Facts) -> list[str]:
    """A pole never has more exhibitors than places."""
    wrong: list[str] = []
    for name, stream in facts.by_stream.items():
        inside: set[str] = set()
        for fact in stream:
            if fact.type == "ExhibitorRegistered":
                inside.add(str(fact.data["exhibitor_id"]))
            elif fact.type == "ExhibitorWithdrawn":
                inside.discard(str(fact.data["exhibitor_id"]))
            if len(inside) > PLACES:
                wrong.append(f"{name}: {len(inside)} exhibitors for {PLACES} places")
                break
    return wrong


def one_entry_a_ticket(calls: Sequence[Call], facts: Facts) -> list[str]:
    """A ticket that was shown at two gates lets in once."""
    entries = Counter(str(fact.data["ticket_id"]) for fact in facts.of("TicketCheckedIn"))
    wrong = [f"ticket {ticket} let in {n} times" for ticket, n in entries.items() if n > 1]
    green: Counter[str] = Counter()
    for call in calls:
        if call.what == "check_in" and call.accepted:
            green[call.subject["ticket"]] += 1
            if not entries[call.subject["ticket"]]:
                wrong.append(f"ticket {call.subject['ticket']} was let in, and no event says so")
    return wrong + [f"ticket {t} was green {n} times" for t, n in green.items() if n > 1]


def no_holes(calls: Sequence[Call], facts: Facts) -> list[str]:
    """Each stream is whole on its topic."""
    return [f"{stream} lacks versions" for stream in facts.holes]


CHECKS: Mapping[str, Check] = {
    "Acknowledged means there once": acknowledged_once,
    "Every seat is given once, as it was said": seats_once,
    "Never over capacity at any time": never_over_capacity,
    "Nobody is refused while a seat is free": nobody_refused_while_a_seat_was_free,
    "Nobody is overtaken": nobody_overtaken,
    "One message a fact and contact": one_message_a_fact,
    "A booth has one holder": one_holder_a_booth,
    "A pole has no more exhibitors than places": places_hold,
    "A ticket lets in once": one_entry_a_ticket,
    "Every stream is whole on its topic": no_holes,
}


def contacts_as_known(kept: Iterable[Kept], facts: Facts) -> list[str]:
    """The topic's last record of each contact is what its office knows, or a tombstone.

    A wish that was never answered may have been carried out or not: then both are right.
    """
    wrong: list[str] = []
    for one in kept:
        allowed: set[str | None] = set()
        for call in one.calls:
            becomes = None if call.what == "erase" else call.subject["phone"]
            if call.accepted:
                allowed = {becomes}
            elif call.ended is None:
                allowed.add(becomes)
        if one.contact_id not in facts.contacts:
            # A tombstone that was compacted away, or no record at all.
            last = None
        else:
            record = facts.contacts[one.contact_id]
            last = None if record is None else str(record["phone"])
        if last not in allowed:
            is_there = "is there" if last else "is not there"
            wrong.append(f"contact {one.contact_id} {is_there}, and was last {_told(one)}")
    return wrong


def _told(kept: Kept) -> str:
    return ", ".join(f"{call.what} {call.status or 'unknown'}" for call in kept.calls)


def _workshops(facts: Facts) -> dict[str, list[Fact]]:
    return {
        stream.removeprefix("workshop-"): events
        for stream, events in facts.by_stream.items()
        if stream.startswith("workshop-")
    }
