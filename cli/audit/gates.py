"""Promises about the gates of a fair: entries by the log, and the tables that show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from maarid_contracts import Contract
from maarid_contracts.ticketing import (
    GateScansRecordedV1,
    TicketCheckedInV1,
    TicketCheckedOutV1,
)

from chassis.log.events import Recorded
from chassis.postgres.database import Connection
from cli.audit.hashes import Hashes, hash_of
from cli.audit.lines import Line, Problems, line

Feed = Callable[[Recorded, Any], None]
MOVES = ("let_in", "let_out")
"""Verdicts after which people went in or out."""


class Entries:
    """No scan is counted twice: neither by its number, nor where a gate with a network has decided
    what a device uploaded as well.  Of each scan a few bytes are kept."""

    def __init__(self) -> None:
        self._sequences = Hashes()
        self._scans = Hashes()
        self._scanned = Hashes()
        self._moves = 0
        self._twice = Problems()

    @property
    def hears(self) -> Mapping[type[Contract], Feed]:
        return {
            GateScansRecordedV1: self._uploaded,
            TicketCheckedInV1: self._passed,
            TicketCheckedOutV1: self._passed,
        }

    def _uploaded(self, recorded: Recorded, event: GateScansRecordedV1) -> None:
        for scan in event.scans:
            if not self._sequences.add(hash_of((event.device_id, scan.sequence))):
                self._twice.add(f"scan {scan.sequence} of device {event.device_id}")
            if scan.verdict in MOVES and event.session_id is None:
                self._moves += self._scans.add(hash_of((scan.ticket_id, scan.scan_id)))

    def _passed(self, recorded: Recorded, event: TicketCheckedInV1 | TicketCheckedOutV1) -> None:
        id_ = event.scan_id or str(recorded.fact.event_id)
        if not self._scanned.add(hash_of((event.ticket_id, id_))):
            self._twice.add(f"scan {id_} of ticket {event.ticket_id}")
        self._moves += self._scans.add(hash_of((event.ticket_id, id_)))

    async def judge(self, db: Connection) -> Line:
        counted: int = await db.fetchval(COUNTED)
        shown = Problems()
        if counted != self._moves:
            shown.add(f"the tables have {counted} entries and exits, the log {self._moves}")
        figures = f"{self._moves} entries and exits, {len(self._sequences)} scans of devices"
        return line("No entry is counted twice", [self._twice, shown], figures)


COUNTED = """
select count(*) from (
    select ticket_id, coalesce(checked_in_scan, ticket_id) from read.tickets
     where checked_in_at is not null
    union
    select ticket_id, scan_id from read.passages
    union
    select ticket_id, scan_id from read.scans where moves and session_id is null
) as moved
"""


class Presence:
    """Who is inside is who came in and has not gone out.

    By the log people may go out whose entry no scan tells, so that more left than came; of such
    fairs the tables show more people than the difference, and never fewer.
    """

    def __init__(self) -> None:
        self._scans = Hashes()
        self._left: Counter[str] = Counter()
        self._went: Counter[str] = Counter()

    @property
    def hears(self) -> Mapping[type[Contract], Feed]:
        return {
            GateScansRecordedV1: self._uploaded,
            TicketCheckedInV1: self._in,
            TicketCheckedOutV1: self._out,
        }

    def _uploaded(self, recorded: Recorded, event: GateScansRecordedV1) -> None:
        if event.session_id is not None:
            return
        for scan in event.scans:
            if scan.verdict in MOVES:
                sign = 1 if scan.direction == "in" else -1
                self._count(event.fair_id, scan.ticket_id, scan.scan_id, sign * scan.people)

    def _in(self, recorded: Recorded, event: TicketCheckedInV1) -> None:
        id_ = event.scan_id or str(recorded.fact.event_id)
        self._count(event.fair_id, event.ticket_id, id_, event.party)

    def _out(self, recorded: Recorded, event: TicketCheckedOutV1) -> None:
        id_ = event.scan_id or str(recorded.fact.event_id)
        self._count(event.fair_id, event.ticket_id, id_, -event.people)

    def _count(self, fair: str, ticket: str | None, scan: str, people: int) -> None:
        if self._scans.add(hash_of((ticket, scan))):
            self._left[fair] += people
            if people < 0:
                self._went[fair] -= people

    async def judge(self, db: Connection) -> Line:
        problems = Problems()
        for row in await db.fetch(SHOWN):
            fair, shown = row["fair_id"], row["inside"]
            least, most = self._left[fair], self._left[fair] + self._went[fair]
            if not least <= shown <= most:
                problems.add(f"{fair}: {shown} inside, by its scans {least}")
        inside = sum(max(0, people) for people in self._left.values())
        figures = f"{inside} people inside {len(self._left)} fairs"
        return line("Who is inside is what the scans come to", [problems], figures)


SHOWN = """
select fair_id, sum(people)::bigint as inside from (
    select fair_id, coalesce(inside, checked_in_people, party) as people from read.tickets
     where checked_in_at is not null or inside is not null
    union all
    select fair_id, case direction when 'in' then people else -people end
      from (select distinct on (scan_id) fair_id, direction, people from read.scans
             where ticket_id is null and moves and session_id is null
             order by scan_id, device_id, sequence) as tally
) as counted group by fair_id
"""
