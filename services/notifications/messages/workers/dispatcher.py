"""Writes the texts of requested messages and hands them to a network.

Messages stand in `sending` in the order in which their contacts are to read them: by the event
that they tell of, and within a stream by its version.  Any number of replicas may run this.  A
message is claimed for a while; if its replica dies, another one sends it, which is harmless because
sending is idempotent by the message's id.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
from services.notifications.messages.filling import AskedFor, Facts, NotYet, fill
from services.notifications.messages.handlers import follow_log, mark_message
from services.notifications.messages.rows import sending
from services.notifications.messages.rows.following import adopt
from services.notifications.messages.tellings import Template
from services.notifications.messages.texts import Argument, TextMissing, render
from services.notifications.messages.workers.rounds import in_rounds
from services.notifications.networks.network import Addressee, Network
from services.notifications.workshops.read import workshops

log = structlog.get_logger(__name__)

CODE = Template.CODE.value
ROUND = 256
"""Messages that are under way at once."""
CLAIM_SECONDS = 30
MAX_WAIT_SECONDS = 30
WAITING_ROUND = 64
"""Of the messages that wait for something, how many are looked at again in a round: those that
need not wait must have their turn, however many wait."""
SETTLE_SECONDS = 0.5
"""How long a message is kept back: topics have no order between each other, and an earlier event
may be received a moment later."""
PATIENT_ATTEMPTS = 6
"""After so many attempts, about a minute, a message no longer keeps back those behind it."""


AskedForBy = Callable[[Runtime, Sequence[UUID]], Awaitable[Mapping[UUID, AskedFor]]]


async def nobody(runtime: Runtime, message_ids: Sequence[UUID]) -> Mapping[UUID, AskedFor]:
    """No message goes to a number that is no contact's."""
    return {}


class MessageDispatcher:
    """Sends requested messages and records what became of them.

    `asked_for` knows the messages that go to a number, and not to a contact.
    """

    def __init__(
        self,
        runtime: Runtime,
        network: Network,
        settle_seconds: float = SETTLE_SECONDS,
        asked_for: AskedForBy = nobody,
    ) -> None:
        self._runtime = runtime
        self._network = network
        self._asked_for = asked_for
        self._settle_seconds = settle_seconds
        self._adopted = False

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
        waiting = {id_: reason for id_, reason in results.items() if reason is not None}
        if done := [id_ for id_, reason in results.items() if reason is None]:
            await sending.done(pool, done)
            await sending.wake_followers(
                pool, {row["contact_id"] for row in rows if results[row["message_id"]] is None}
            )
        if waiting:
            await sending.wait(pool, waiting, MAX_WAIT_SECONDS)
        return len(rows)

    async def _facts(self, rows: Sequence[asyncpg.Record]) -> Facts:
        pool = self._runtime.pool
        fair_ids = {row["fair_id"] for row in rows if row["fair_id"] is not None}
        sessions = {_arguments(row).get("session_id") for row in rows} - {None}
        return Facts(
            fairs=await fairs(pool, fair_ids),
            halls=await halls(pool, fair_ids) if sessions else {},
            workshops=await workshops(pool, map(str, sessions)) if sessions else {},
            asked_for=await self._asked_for(
                self._runtime, [row["message_id"] for row in rows if row["template"] == CODE]
            ),
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
        if row["status"] in SETTLED:
            return None  # The replica that settled it died before it deleted the row.
        if row["template"] == CODE:
            asked = facts.asked_for.get(row["message_id"])
            if asked is None:
                return await self._fail(row, "too_late")
            to = Addressee(str(row["contact_id"]), asked.phone)
            arguments = {**fill(_arguments(row), row["fair_id"], facts), **asked.secret}
            return await self._hand_over(row, to, arguments, (asked.language,), "sms")
        if row["erased"]:
            return await self._fail(row, "contact_erased")
        if row["phone"] is None:
            return "contact_unknown"
        if not row["consent"]:
            return await self._fail(row, "no_consent")
        languages = (row["language"], row["second_language"])
        arguments = fill(_arguments(row), row["fair_id"], facts)
        to = Addressee(str(row["contact_id"]), row["phone"])
        return await self._hand_over(row, to, arguments, languages, row["channel"])

    async def _hand_over(
        self,
        row: asyncpg.Record,
        to: Addressee,
        arguments: Mapping[str, Argument],
        languages: Sequence[str],
        channel: str,
    ) -> str | None:
        message_id = str(row["message_id"])
        written = render(row["template"], arguments, languages, channel)
        receipt = await self._network.send(message_id, to, written.text, channel, written.language)
        if receipt.outcome == "failed":
            return await self._fail(row, receipt.reason)
        sent = MessageSent(message_id, channel, written.language, written.segments)
        await self._record(row, "sent", sent)
        if receipt.outcome == "delivered":
            await self._record(row, "delivered", MessageDelivered(message_id))
        return None

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


def _arguments(row: asyncpg.Record) -> Mapping[str, Any]:
    return orjson.loads(row["arguments"])
