"""What must agree within a scenario; each disagreement is one sentence for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from itertools import combinations
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from maarid_contracts.registration import OrganisationKind
from maarid_contracts.scheduling import SessionKind
from maarid_contracts.ticketing import TicketKind

from scenarios import words
from scenarios.marks import MOST_BESIDE_QUALITY, PIONEER, QUALITY
from scenarios.model import Featured, Group, Scenario, ScenarioError
from scenarios.programme import PlannedSession, changes, days_of, programme

_NAMED_OTHERWISE = (OrganisationKind.INSTITUTION, OrganisationKind.FOREIGN_DELEGATION)


def mistakes(scenario: Scenario) -> list[str]:
    """Everything that does not agree; later checks rest on earlier ones, so the first that find
    something end the search."""
    stages = (_frame, _names, _numbers, _rules, _assignment, _sessions, _programme)
    for stage in stages:
        found = list(stage(scenario))
        if found:
            return found
    return []


def _frame(scenario: Scenario) -> Iterator[str]:
    fair = scenario.fair
    if fair.last_day < fair.first_day:
        yield f"fair: the last day {fair.last_day} is before the first day {fair.first_day}."
    if fair.closes_at <= fair.opens_at:
        yield f"fair: it closes at {fair.closes_at:%H:%M}, before it opens."
    try:
        ZoneInfo(fair.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f"fair: there is no time zone {fair.timezone!r}."
    if fair.region not in words.regions():
        yield f"fair: the region {fair.region!r} is not in words/regions.toml."


def _names(scenario: Scenario) -> Iterator[str]:
    poles = {pole.pole_id: pole for pole in scenario.poles}
    yield from _twice("poles: the pole", (pole.pole_id for pole in scenario.poles))
    yield from _twice("poles: the sign", (pole.sign for pole in scenario.poles))
    yield from _twice("halls: the hall", (hall.hall_id for hall in scenario.halls))
    yield from _twice("sessions: the key", (session.key for session in scenario.sessions))
    yield from _twice("programmes: the programme", (p.programme_id for p in scenario.programmes))
    for place in (scenario.selection.pole, *scenario.exhibitors.poles):
        if place not in poles:
            yield f"There is no pole {place!r}."
    for item in (*scenario.groups, *scenario.featured):
        where = f"{'groups' if isinstance(item, Group) else 'featured'}: {item.kind} in {item.pole}"
        if item.pole not in poles:
            yield f"{where}: there is no such pole."
        elif isinstance(item, Group) and poles[item.pole].institutional != item.is_partner:
            yield f"{where}: partners belong in an institutional pole, and only they."
        yield from _unknown(f"{where}: the family", _families(item), words.families())
        yield from _unknown(f"{where}: the province", _provinces(item), words.provinces())
        if isinstance(item, Group) and not item.title and item.kind not in _NAMED_OTHERWISE:
            yield from _unknown(f"{where}: the kind", [item.kind], words.organisations().kinds)
    yield from _unknown("visitors: the province", scenario.visitors.provinces, words.provinces())
    for pole in scenario.poles:
        if not scenario.places(pole.pole_id):
            yield f"poles: nobody exhibits in {pole.pole_id}."


def _numbers(scenario: Scenario) -> Iterator[str]:
    each, reported = scenario.exhibitors.people_per_booth, scenario.exhibitors.reported
    counted = [group for group in scenario.groups if scenario.counts(group)]
    written = sum(group.count for group in counted)
    if reported % each:
        yield f"exhibitors: {reported} people cannot come {each} to a booth."
    if written not in (reported, reported // each):
        yield (
            f"exhibitors: the groups that the number counts come to {written} organisations; "
            f"{reported} reported are {reported} organisations or {reported // each} "
            f"with {each} people each."
        )
    if any(group.booths > 1 for group in counted):
        yield "exhibitors: an organisation that the reported number counts holds one booth."
    for (pole, kind), wanted in Counter((f.pole, f.kind) for f in scenario.featured).items():
        room = sum(g.count for g in scenario.groups if (g.pole, g.kind) == (pole, kind))
        if wanted > room:
            yield f"featured: {wanted} of kind {kind} in {pole}, whose groups have {room}."
    for kind, names in (
        (OrganisationKind.INSTITUTION, words.organisations().bodies),
        (OrganisationKind.FOREIGN_DELEGATION, words.organisations().delegations),
    ):
        wanted = sum(g.count for g in scenario.groups if g.kind is kind and not g.title)
        if wanted > len(names):
            yield f"groups: {wanted} of kind {kind}, but the word lists name {len(names)}."
    selection = scenario.selection
    leaving = selection.withdrawals_before_plan + selection.withdrawals_after_plan
    if leaving > selection.waitlisted:
        yield f"selection: {leaving} withdraw, but only {selection.waitlisted} wait to move up."
    offers = scenario.offers
    if offers and leaving + offers.lapsed + offers.declined > selection.waitlisted:
        yield (
            f"offers: {offers.lapsed} lapse and {offers.declined} are declined, but"
            f" {selection.waitlisted - leaving} wait beyond the {leaving} who move up."
        )
    visitors = scenario.visitors
    pupils = [str(visitors.pupils)] if TicketKind.PUPILS in visitors.kinds else []
    for party in (*visitors.parties, *pupils):
        if not party.isdigit() or not 1 <= int(party) <= visitors.party_limit:
            yield f"visitors: a party of {party} is not between 1 and {visitors.party_limit}."


def _rules(scenario: Scenario) -> Iterator[str]:
    poles = {pole.pole_id for pole in scenario.poles}
    programmes = {programme.programme_id for programme in scenario.programmes}
    rules = scenario.rules
    for quota in rules.quotas:
        if quota.pole_id is not None and quota.pole_id not in poles:
            yield f"rules: there is no pole {quota.pole_id!r}."
    for item in (*rules.terms, *rules.quotas):
        if item.of == "programme" and item.value not in programmes:
            yield f"rules: there is no programme {item.value!r}."
        if item.of == "province" and item.value not in words.provinces():
            yield f"rules: the province {item.value!r} is not in the word lists."
    others = sum(term.points for term in rules.terms if term.value != QUALITY)
    if others > MOST_BESIDE_QUALITY:
        yield f"rules: {others} points beside those for quality are more than marks make up for."
    for group in scenario.groups:
        if group.marks[0] > group.marks[1]:
            yield f"groups: {group.kind} in {group.pole}: the marks are out of order."


def _assignment(scenario: Scenario) -> Iterator[str]:
    poles = {pole.pole_id: pole for pole in scenario.poles}
    wanted = {PIONEER} | {programme.programme_id for programme in scenario.programmes}
    for zone in scenario.assignment.zones:
        where = f"assignment: the zone of {zone.of} in {zone.pole}"
        if zone.of not in wanted:
            yield f"{where}: there is no such programme."
        if zone.pole not in poles:
            yield f"{where}: there is no such pole."
            continue
        there = scenario.places(zone.pole) + poles[zone.pole].spare
        if not (zone.first or 1) <= (zone.last or there) <= there:
            yield f"{where}: its booths are not among the {there} there are."
    for pair in scenario.assignment.forbidden:
        yield from _unknown("assignment: the family", pair, words.families())
    for commune in scenario.communes:
        where = f"communes: {commune.commune}"
        yield from _unknown(f"{where}: the province", [commune.province], words.provinces())
        yield from _unknown(f"{where}: the family", commune.families, words.families())


def _sessions(scenario: Scenario) -> Iterator[str]:
    halls = {hall.hall_id: hall for hall in scenario.halls}
    days = days_of(scenario)
    for session in scenario.sessions:
        where = f"sessions: {session.key}"
        if session.hall not in halls:
            yield f"{where}: there is no hall {session.hall!r}."
        elif session.seats and session.seats > halls[session.hall].capacity:
            yield f"{where}: {session.seats} seats are more than the hall has."
        if session.kind is SessionKind.WORKSHOP and not session.seats:
            yield f"{where}: a workshop has seats."
        if session.demand and not session.seats:
            yield f"{where}: there is demand for seats that it does not have."
        if not set(session.days) <= set(days):
            yield f"{where}: the fair has days 1 to {days[-1]}."
    by_key = {session.key: session for session in scenario.sessions}
    seating = scenario.seating
    for key in seating.sessions if seating else ():
        if key not in by_key or not by_key[key].seats:
            yield f"seating: there is no session {key!r} with seats."
        elif seating and seating.walk_ins > seating.absent:
            yield f"seating: in {key} more walk in than seats are given up."
    for change in scenario.changes:
        where = f"changes: {change.session} on day {change.day}"
        if change.session not in by_key or change.day not in by_key[change.session].days:
            yield f"{where}: there is no such session on that day."
        if change.do == "move" and change.hall is None and change.at is None:
            yield f"{where}: a move says a new hall or a new time."
        if change.hall is not None and change.hall not in halls:
            yield f"{where}: there is no hall {change.hall!r}."


def _programme(scenario: Scenario) -> Iterator[str]:
    try:
        planned = programme(scenario)
    except ScenarioError as error:
        yield f"sessions: {error}"
        return
    yield from _in_breaks(scenario, planned)
    yield from _clashes("sessions", scenario, planned)
    moved = {change.key: change.moved_to for change in changes(scenario)}
    yield from _clashes(
        "changes",
        scenario,
        [
            PlannedSession(p.key, p.session, p.day, slot, p.experts)
            for p in planned
            if (slot := moved.get(p.key, p.slot)) is not None
        ],
    )


def _clashes(where: str, scenario: Scenario, planned: Iterable[PlannedSession]) -> Iterator[str]:
    sessions = list(planned)
    fair = scenario.fair
    for one in sessions:
        times = one.slot.starts_at.time(), one.slot.ends_at.time()
        if times[0] < fair.opens_at or times[1] > fair.closes_at or times[1] < times[0]:
            yield f"{where}: {one.key} is not within the opening hours."
    for one, other in combinations(sessions, 2):
        if one.slot.clashes(other.slot):
            yield f"{where}: {one.key} and {other.key} want {one.slot.hall} at one time."
        if one.slot.overlaps(other.slot) and set(one.experts) & set(other.experts):
            yield f"{where}: an expert is to speak in {one.key} and {other.key} at one time."


def _families(item: Group | Featured) -> Iterable[str]:
    return item.families if isinstance(item, Group) else (item.family,)


def _provinces(item: Group | Featured) -> Iterable[str]:
    return (item.provinces or ()) if isinstance(item, Group) else (item.province,)


def _twice(what: str, values: Iterable[Hashable]) -> Iterator[str]:
    return (f"{what} {value!r} is there twice." for value, n in Counter(values).items() if n > 1)


def _unknown(what: str, given: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    there = set(known)
    return (
        f"{what} {str(value)!r} is not in the word lists." for value in given if value not in there
    )


def _in_breaks(scenario: Scenario, planned: Iterable[PlannedSession]) -> Iterator[str]:
    """Sessions that the hours and breaks of a timetable leave no room for."""
    timetable = scenario.timetable
    if timetable is None:
        return
    for each in planned:
        begins, ends = each.slot.starts_at.time(), each.slot.ends_at.time()
        if begins < timetable.begins or ends > timetable.ends:
            yield f"sessions: {each.key} is outside of the hours of the timetable."
        for pause in timetable.breaks:
            if begins < pause.ends and pause.begins < ends:
                yield f"sessions: {each.key} lies in a break ({pause.reason})."
