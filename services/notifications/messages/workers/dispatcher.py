"""Writes the texts of requested messages and hands them to a network.

Messages stand in `sending` in the order in which their contacts are to read them: by the event
that they tell of, and within a stream by its version.  Any number of replicas may run this.  A
message is claimed for a while; if its replica dies, another one sends it, which is harmless because
sending is idempotent by the message's id.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import orjson
import structlog
from opentelemetry.trace import SpanKind

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.process.trace import continued
from services.notifications.fairs.read import fairs, halls
from services.notifications.messages.domain import (
    SETTLED,
    MessageDelivered,
    MessageFailed,
    MessageSent,
    Outcome,
)
from services.notifications.messages.filling import Facts, NotYet, fill
from services.notifications.messages.handlers import follow_log, mark_message
from services.notifications.messages.resting import QuietHours, may_wait
from services.notifications.messages.rows import sending
from services.notifications.messages.rows.following import adopt
from services.notifications.messages.texts import Argument, TextMissing, render
from services.notifications.messages.workers.rounds import in_rounds
from services.notifications.messages.worth import is_too_late
from services.notifications.networks.network import Addressee, Network
from services.notifications.workshops.read import workshops

log = structlog.get_logger(__name__)

ROUND = 256
"""Messages that are under way at once."""
CLAIM_SECONDS = 30
MAX_WAIT_SECONDS = 30
WAITING_ROUND = 64
"""Of the messages that wait for something, how many are looked at again in a round: those that
need not wait must have their turn, however many wait."""
SETTLE_SECONDS = 0.5
"""How long a message is kept back after what it tells of: topics have no order between each other,
and an earlier event may be received a moment later.  Not all are: see `worth.WORTH`."""
PATIENT_ATTEMPTS = 6
"""After so many attempts, about a minute, a message no longer keeps back those behind it."""


class MessageDispatcher:
    """Sends requested messages and records what became of them."""

    def __init__(
        self,
        runtime: Runtime,
        network: Network,
        settle_seconds: float = SETTLE_SECONDS,
        quiet: QuietHours | None = None,
    ) -> None:
        self._runtime = runtime
        self._network = network
        self._settle_seconds = settle_seconds
        self._quiet = quiet
        self._adopted = False
        self._hour: datetime | None = None
        """Of a fair that is played: the hour of the last round."""

    async def run(self) -> None:
        """Send, for ever."""
        await in_rounds(self.send_round, ROUND, "sender.trouble")

    async def send_round(self) -> int:
        """Claim messages that are due and send them; returns how many were claimed.

        Contacts side by side; the messages to one contact in the order of what they tell of,
        because it reads them in that order.
        """
        pool = self._runtime.pool
        if not self._adopted:
            await adopt(pool)
            self._adopted = True
        await follow_log(pool)
        await self._see_the_hour()
        rows = await sending.claim(
            pool, ROUND, CLAIM_SECONDS, self._settle_seconds, PATIENT_ATTEMPTS, WAITING_ROUND
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
        resting = [row for row in rows if results[row["message_id"]] == sending.MORNING]
        waiting = {
            id_: reason
            for id_, reason in results.items()
            if reason is not None and reason != sending.MORNING
        }
        if done := [id_ for id_, reason in results.items() if reason is None]:
            await sending.done(pool, done)
            await sending.wake_followers(
                pool, {row["contact_id"] for row in rows if results[row["message_id"]] is None}
            )
        if waiting:
            await sending.wait(pool, waiting, MAX_WAIT_SECONDS)
        if resting:
            now = self._runtime.clock.now()
            over = {row["message_id"]: self._quiet_until(row, facts, now) or now for row in resting}
            await sending.rest(pool, over, played=self._runtime.clock.stands)
        return len(rows)

    async def _see_the_hour(self) -> None:
        """Wake what rests when the hour of a fair that is played was moved."""
        clock = self._runtime.clock
        if clock.stands and (now := clock.now()) != self._hour:
            await sending.wake_resting(self._runtime.pool)
            self._hour = now

    async def _facts(self, rows: Sequence[asyncpg.Record]) -> Facts:
        pool = self._runtime.pool
        fair_ids = {row["fair_id"] for row in rows if row["fair_id"] is not None}
        sessions = {_arguments(row).get("session_id") for row in rows} - {None}
        return Facts(
            fairs=await fairs(pool, fair_ids),
            halls=await halls(pool, fair_ids) if sessions else {},
            workshops=await workshops(pool, map(str, sessions)) if sessions else {},
        )

    async def _send_in_order(
        self, rows: Sequence[asyncpg.Record], facts: Facts, results: dict[UUID, str | None]
    ) -> None:
        follows = False
        for row in rows:
            if follows or row["follows"]:
                results[row["message_id"]] = sending.EARLIER
                continue
            with continued(f"send {row['template']}", row["traceparent"], SpanKind.PRODUCER):
                reason = await self._try(row, facts)
            results[row["message_id"]] = reason
            if reason != sending.MORNING:
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
            return None  # The replica that settled it died before it deleted the row.
        if row["erased"]:
            return await self._fail(row, "contact_erased")
        now = self._runtime.clock.now()
        if (untold := _not_worth_telling(row, facts, now)) is not None:
            return await self._fail(row, untold)
        if row["phone"] is None:
            return "contact_unknown"
        if not row["consent"]:
            return await self._fail(row, "no_consent")
        channel = row["channel"]
        languages = (row["language"], row["second_language"])
        arguments = fill(_arguments(row), row["fair_id"], facts)
        if self._rests(row, arguments, facts, now):
            return sending.MORNING
        written = render(row["template"], arguments, languages, channel)
        to = Addressee(str(row["contact_id"]), row["phone"])
        receipt = await self._network.send(message_id, to, written.text, channel, written.language)
        if receipt.outcome == "failed":
            return await self._fail(row, receipt.reason)
        sent = MessageSent(message_id, channel, written.language, written.segments)
        await self._record(row, "sent", sent)
        if receipt.outcome == "delivered":
            await self._record(row, "delivered", MessageDelivered(message_id))
        return None

    def _quiet_until(self, row: asyncpg.Record, facts: Facts, now: datetime) -> datetime | None:
        """When the quiet hours are over there; None outside of them.

        A clock that is to be played and was not set yet knows none: nobody is there to sleep.
        """
        fair, clock = facts.fairs.get(row["fair_id"]), self._runtime.clock
        if self._quiet is None or fair is None or (clock.simulated and not clock.stands):
            return None
        return self._quiet.over_at(now, fair.timezone)

    def _rests(
        self,
        row: asyncpg.Record,
        arguments: Mapping[str, Argument],
        facts: Facts,
        now: datetime,
    ) -> bool:
        """Whether the message waits for the morning."""
        morning = self._quiet_until(row, facts, now)
        if morning is None:
            return False
        return may_wait(row["template"], arguments, now.astimezone(morning.tzinfo).date())

    async def _fail(self, row: asyncpg.Record, reason: str) -> None:
        await self._record(row, "failed", MessageFailed(str(row["message_id"]), reason))

    async def _record(self, row: asyncpg.Record, label: str, outcome: Outcome) -> None:
        context = CommandContext(
            command_id=uuid5(row["message_id"], label),
            actor="policy:send",
            correlation_id=row["correlation_id"],
            causation_id=row["requested_by"],
        )
        await mark_message(self._runtime, context, outcome)


def _not_worth_telling(row: asyncpg.Record, facts: Facts, now: datetime) -> str | None:
    """Why a message need not be told any more; None where it is worth it."""
    if row["superseded"]:
        return "superseded"
    workshop = facts.workshops.get(_arguments(row).get("session_id", ""))
    starts_at = None if workshop is None else workshop.starts_at
    late = is_too_late(row["template"], row["happened_at"], now, starts_at)
    return "too_late" if late else None


def _arguments(row: asyncpg.Record) -> Mapping[str, Any]:
    return orjson.loads(row["arguments"])
