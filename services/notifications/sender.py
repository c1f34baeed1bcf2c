"""The worker that writes the messages that were asked for and hands them to a network.

Messages stand in `sending` in the order in which their contacts are to read them: by what they tell
of, and within a stream by its version.  Any number of replicas may run this.  A message is claimed
for a while; whoever dies over it leaves it to the next one, which is harmless because sending is
idempotent by the message's id.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from uuid import UUID, uuid5

import asyncpg
import orjson
import structlog
from opentelemetry.trace import SpanKind

from chassis.database import RACE, TROUBLE
from chassis.intent import Intent
from chassis.runtime import Runtime
from chassis.trace import continued
from services.notifications import queries
from services.notifications.domain.message import (
    Command,
    MarkDelivered,
    MarkFailed,
    MarkSent,
    Status,
    stream_of,
)
from services.notifications.filling import Facts, NotYet, fill
from services.notifications.following import adopt, follow
from services.notifications.texts import TextMissing, render
from services.notifications.waiting import EARLIER, wake_followers

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.1
SETTLED = (Status.DELIVERED, Status.FAILED)
ROUND = 256
"""Messages that are under way at once."""
CLAIM_SECONDS = 30
MAX_WAIT_SECONDS = 30
WAITING_ROUND = 64
"""Of the messages that wait for something, how many are looked at again in a round: those that
need not wait must have their turn, however many wait."""
SETTLE_SECONDS = 0.5
"""How long a message is kept back: topics have no order between each other, and what happened
before may be heard a moment later."""
PATIENT_ATTEMPTS = 6
"""After so many attempts, about a minute, a message no longer keeps back those behind it."""

CLAIM = """
with new as (
    select message_id from sending
     where waits_for is null and due <= clock_timestamp()
       and since <= clock_timestamp() - make_interval(secs => $3)
     order by turn, version, message_id limit $1 for update skip locked
), waiting as (
    select message_id from sending
     where waits_for is not null and due <= clock_timestamp()
     order by due limit $5 for update skip locked
), claimed as (
    update sending as s
       set due = clock_timestamp() + make_interval(secs => $2), attempts = s.attempts + 1
     where s.message_id = any(array(select message_id from new
                                    union all select message_id from waiting))
    returning s.message_id, s.attempts, s.contact_id, s.turn, s.stream, s.version
)
select m.message_id, m.requested_by, m.fair_id, m.contact_id, m.template, m.status,
       m.arguments::text as arguments, m.correlation_id, m.traceparent, s.attempts,
       c.phone, c.language, c.second_language, c.channel, c.consent,
       e.contact_id is not null as erased,
       exists (select from sending as f
                where f.contact_id = s.contact_id
                  and (f.turn, f.version, f.message_id) < (s.turn, s.version, s.message_id)
                  and f.attempts < $4
                  and f.message_id not in (select message_id from claimed))
       or exists (select from fanout as f
                   where f.contact_id = s.contact_id and f.stream = s.stream
                     and f.version < s.version and f.attempts < $4) as follows
  from claimed as s join messages as m using (message_id)
  left join contacts as c on c.contact_id = m.contact_id
  left join erased_contacts as e on e.contact_id = m.contact_id
 order by s.turn, s.version, s.message_id
"""
DONE = "delete from sending where message_id = any($1::uuid[])"
# A record that came while its absence was being noted woke nobody, hence the second look for it.
WAIT = """
update sending as s
   set waits_for = w.reason,
       due = clock_timestamp() + case
             when w.reason = 'contact_unknown'
              and exists (select from contacts as c where c.contact_id = s.contact_id)
             then interval '0'
             else make_interval(secs => least(power(2, s.attempts), $3)) end
  from unnest($1::uuid[], $2::text[]) as w(message_id, reason)
 where s.message_id = w.message_id
"""


@dataclass(frozen=True, slots=True)
class Addressee:
    """To whom a message goes.  The number is kept out of whatever prints this."""

    contact_id: str
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the network says of a message: taken, arrived already, or that it never will."""

    outcome: Literal["accepted", "delivered", "failed"]
    reason: str = ""


class Sender(Protocol):
    """A way out to phones."""

    async def send(
        self, message_id: str, to: Addressee, text: str, channel: str, language: str
    ) -> Receipt:
        """Send a text.  Asked again for the same message, it answers and does not send twice."""
        ...


class Outbox:
    """Sends what was requested and records what became of it."""

    def __init__(
        self, runtime: Runtime, sender: Sender, settle_seconds: float = SETTLE_SECONDS
    ) -> None:
        self._runtime = runtime
        self._sender = sender
        self._settle_seconds = settle_seconds

    async def run(self) -> None:
        """Send, for ever."""
        adopted = False
        while True:
            sent = 0
            try:
                if not adopted:
                    await adopt(self._runtime.pool)
                    adopted = True
                sent = await self.send_round()
            except (*TROUBLE, *RACE) as error:
                log.warning("sender.trouble", error=type(error).__name__)
                await asyncio.sleep(1)
            if sent < ROUND:
                await asyncio.sleep(POLL_SECONDS)

    async def send_round(self) -> int:
        """Claim messages that are due and send them; returns how many were claimed.

        Contacts side by side; the messages to one contact in the order of what they tell of,
        because it reads them in that order.
        """
        await follow(self._runtime.pool)
        rows = await self._runtime.pool.fetch(
            CLAIM, ROUND, CLAIM_SECONDS, self._settle_seconds, PATIENT_ATTEMPTS, WAITING_ROUND
        )
        if not rows:
            return 0
        facts = await self._facts(rows)
        by_contact: dict[UUID, list[asyncpg.Record]] = defaultdict(list)
        for row in rows:
            by_contact[row["contact_id"]].append(row)
        results: dict[UUID, str | None] = {}
        await asyncio.gather(
            *(self._send_in_order(group, facts, results) for group in by_contact.values())
        )
        waiting = {id_: reason for id_, reason in results.items() if reason is not None}
        if done := [id_ for id_, reason in results.items() if reason is None]:
            await self._runtime.pool.execute(DONE, done)
            await wake_followers(
                self._runtime.pool,
                {row["contact_id"] for row in rows if results[row["message_id"]] is None},
            )
        if waiting:
            await self._runtime.pool.execute(
                WAIT, list(waiting), list(waiting.values()), MAX_WAIT_SECONDS
            )
        return len(rows)

    async def _facts(self, rows: Sequence[asyncpg.Record]) -> Facts:
        pool = self._runtime.pool
        fair_ids = {row["fair_id"] for row in rows if row["fair_id"] is not None}
        sessions = {_arguments(row).get("session_id") for row in rows} - {None}
        return Facts(
            fairs=await queries.fairs(pool, fair_ids),
            halls=await queries.halls(pool, fair_ids) if sessions else {},
            workshops=await queries.workshops(pool, map(str, sessions)) if sessions else {},
        )

    async def _send_in_order(
        self, rows: Sequence[asyncpg.Record], facts: Facts, results: dict[UUID, str | None]
    ) -> None:
        follows = False
        for row in rows:
            if follows or row["follows"]:
                results[row["message_id"]] = EARLIER
                continue
            with continued(f"send {row['template']}", row["traceparent"], SpanKind.PRODUCER):
                reason = await self._try(row, facts)
            results[row["message_id"]] = reason
            follows = reason is not None and row["attempts"] < PATIENT_ATTEMPTS

    async def _try(self, row: asyncpg.Record, facts: Facts) -> str | None:
        """Returns what the message waits for, or None where there is no more to do for it."""
        try:
            return await self._send(row, facts)
        except NotYet as error:
            return error.reason
        except TextMissing:
            log.error("sender.text_missing", template=row["template"])
            return "text_missing"
        except Exception as error:  # noqa: BLE001
            # One message must not stop the others.  The class alone is logged: what an error says
            # may repeat a number or a text.
            log.error("sender.failed", template=row["template"], error=type(error).__name__)
            return "network_trouble"

    async def _send(self, row: asyncpg.Record, facts: Facts) -> str | None:
        message_id = str(row["message_id"])
        if row["status"] in SETTLED:
            return None  # Whoever settled it died before its row was deleted.
        if row["erased"]:
            await self._record(row, "failed", MarkFailed(message_id, "contact_erased"))
            return None
        if row["phone"] is None:
            return "contact_unknown"
        if not row["consent"]:
            await self._record(row, "failed", MarkFailed(message_id, "no_consent"))
            return None
        channel = row["channel"]
        languages = (row["language"], row["second_language"])
        arguments = fill(_arguments(row), row["fair_id"], facts)
        written = render(row["template"], arguments, languages, channel)
        to = Addressee(str(row["contact_id"]), row["phone"])
        receipt = await self._sender.send(message_id, to, written.text, channel, written.language)
        if receipt.outcome == "failed":
            await self._record(row, "failed", MarkFailed(message_id, receipt.reason))
            return None
        sent = MarkSent(message_id, channel, written.language, written.segments)
        await self._record(row, "sent", sent)
        if receipt.outcome == "delivered":
            await self._record(row, "delivered", MarkDelivered(message_id))
        return None

    async def _record(self, row: asyncpg.Record, label: str, command: Command) -> None:
        intent = Intent(
            command_id=uuid5(row["message_id"], label),
            actor="policy:send",
            correlation_id=row["correlation_id"],
            causation_id=row["requested_by"],
        )
        await self._runtime.desk.execute(stream_of(str(row["message_id"])), command, intent)


def _arguments(row: asyncpg.Record) -> Mapping[str, Any]:
    return orjson.loads(row["arguments"])
