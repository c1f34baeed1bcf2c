"""A network that does as it is told, in place of those of others, and messages to send by it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import asyncpg
import orjson

from chassis.definition.runtime import Runtime
from chassis.definition.timers import Timer
from chassis.log.context import CommandContext
from services.notifications.contacts.rows import forget
from services.notifications.messages.domain import RequestMessage
from services.notifications.messages.handlers import (
    RECEIPT,
    follow_log,
    miss_receipt,
    request_message,
    take_reports,
    timer_of,
)
from services.notifications.messages.rows.figures import FiguresOut, figures
from services.notifications.messages.tellings import Template
from services.notifications.messages.whatsapp import NOTHING, Approvals
from services.notifications.messages.workers.dispatcher import MessageDispatcher
from services.notifications.networks.carriers import Carriers
from services.notifications.networks.network import (
    Channel,
    NotTaken,
    Outgoing,
    Receipt,
    Reported,
    Unanswered,
)
from services.notifications.networks.routing import Route
from tests.conftest import Databases
from tests.integration.notifications.without_kafka import FAIR, without_kafka

Answer: TypeAlias = Receipt | NotTaken | Unanswered | Callable[[Outgoing], Awaitable[Receipt]]

ACCEPTED, DELIVERED, READ = Receipt("accepted"), Receipt("delivered"), Receipt("read")
UNREACHED = Receipt("failed", "unreachable_number")

ARGUMENTS = {
    Template.BOOTH_ASSIGNED: {"booth": "P-012", "pole_id": "products", "method": "first_fit"},
    Template.PLACE_OFFERED: {"pole_id": "products", "booths": "1", "hours": "48"},
}
FAIR_KNOWN = """
insert into fairs (fair_id, name, timezone, poles)
values ($1, '{"ar": "م", "fr": "Salon"}', 'Africa/Casablanca', '{}')
"""
KNOWN = """
insert into contacts (contact_id, phone, language, second_language, channel, consent, revision)
values ($1, '+212600000042', 'fr', 'ar', $2, true, 1)
"""


class Scripted:
    """Answers as it is told, the last answer again and again, and keeps what it was given."""

    def __init__(self, channel: Channel | None, *answers: Answer, name: str = "") -> None:
        self.name = name or str(channel)
        self.channel: Channel | None = channel
        self.templates_alone = False
        self.here = True
        self.answers = list(answers)
        self.taken: list[Outgoing] = []
        self.times: list[float] = []
        self.knows: Receipt | NotTaken | None = None
        self.asked: list[str] = []

    async def send(self, outgoing: Outgoing) -> Receipt:
        self.taken.append(outgoing)
        self.times.append(time.monotonic())
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        match answer:
            case Receipt():
                return answer
            case NotTaken() | Unanswered():
                raise answer
            case _:
                return await answer(outgoing)

    def then(self, *answers: Answer) -> None:
        """From now on it answers otherwise."""
        self.answers = list(answers)

    async def look_up(self, reference: str, network_id: str | None) -> Receipt | None:
        self.asked.append(reference)
        if isinstance(self.knows, NotTaken):
            raise self.knows
        return self.knows

    async def close(self) -> None:
        return


@dataclass(frozen=True)
class Sending:
    """A replica, and the networks that all replicas have."""

    runtime: Runtime
    replica: Callable[[], Awaitable[Runtime]]
    carriers: Carriers
    dispatcher: MessageDispatcher

    @property
    def pool(self) -> Any:
        return self.runtime.pool

    async def asked(
        self,
        template: Template = Template.BOOTH_ASSIGNED,
        channel: Channel = "whatsapp",
        contact: str = "",
        message: str = "",
    ) -> str:
        """A message that was asked for, to a contact of its own unless one is named."""
        message = message or str(uuid4())
        if not contact:
            contact = str(uuid4())
            await self.pool.execute(KNOWN, contact, channel)
        command = RequestMessage(message, FAIR, contact, template.value, ARGUMENTS[template])
        await request_message(self.runtime, CommandContext(uuid4(), "test:x"), command)
        return message

    async def round(self) -> int:
        """Look at all messages that there are, whatever they wait for, unless it is for ever."""
        await follow_log(self.pool)
        await self.pool.execute("update sending set due = '-infinity' where due < 'infinity'")
        return await self.dispatcher.send_round()

    async def report(self, network: Scripted, receipt: Receipt, at: int = -1) -> None:
        """The network says what became of one of the texts that it was given."""
        reported = Reported(receipt, network.taken[at].reference)
        await take_reports(self.runtime, [(network.name, reported)])

    async def row(self, message: str) -> asyncpg.Record:
        """The message as it is shown, with what it waits for in the queue."""
        query = (
            "select m.*, s.waits_for, s.due, s.message_id is not null as queued"
            " from messages as m left join sending as s using (message_id) where m.message_id = $1"
        )
        return await self.pool.fetchrow(query, message)

    async def counted(self) -> FiguresOut:
        """The figures of the fair."""
        await follow_log(self.pool)
        return await figures(self.pool, FAIR)

    async def way(self, message: str) -> list[str]:
        """The names of the message's events behind its request, each with its rung."""
        rows = await self.pool.fetch(
            "select type, data::text as data from events where stream = $1 order by version",
            f"message-{message}",
        )
        rungs = [orjson.loads(row["data"]).get("rung") for row in rows]
        names = [row["type"].removeprefix("message_").removesuffix(".v1") for row in rows]
        return [
            name if rung is None else f"{name} {rung}"
            for name, rung in zip(names, rungs, strict=True)
        ][1:]

    async def attempts(self, message: str) -> list[str | None]:
        """What became of each attempt."""
        query = "select outcome from attempts where message_id = $1 order by begun_at"
        return [row["outcome"] for row in await self.pool.fetch(query, message)]

    async def age(self, message: str, minutes: int) -> None:
        """Attempts were begun so many minutes earlier."""
        await self.pool.execute(
            "update attempts set begun_at = begun_at - make_interval(mins => $2)"
            " where message_id = $1",
            message,
            minutes,
        )

    async def no_receipt_comes(self, message: str) -> None:
        """The timer of a sent message fires."""
        (timer,) = await self.timers_of(RECEIPT, timer_of(message))
        await miss_receipt(timer, self.runtime)

    async def timers_of(self, kind: str, key: str | None = None) -> list[Timer]:
        """The timers of a kind, or one of them, as if all of them had fired."""
        rows = await self.pool.fetch(
            "delete from timers where kind = $1 and key = coalesce($2, key)"
            " returning key, kind, due, payload::text as payload",
            kind,
            key,
        )
        return [
            Timer(row["key"], row["kind"], row["due"], orjson.loads(row["payload"])) for row in rows
        ]

    async def has_timer(self, message: str) -> bool:
        query = "select exists (select from timers where key = $1)"
        return await self.pool.fetchval(query, timer_of(message))

    async def erase(self, message: str) -> None:
        """The contact of a message is erased."""
        contact: UUID = (await self.row(message))["contact_id"]
        async with self.pool.acquire() as db, db.transaction():
            await forget(db, str(contact))


@asynccontextmanager
async def sending_by(
    database: Databases,
    *networks: Scripted,
    rate: float | None = None,
    approvals: Approvals = NOTHING,
) -> AsyncGenerator[Sending]:
    """A replica that sends by these networks when told to."""
    async with without_kafka(database) as notifications:
        await notifications.pool.execute(FAIR_KNOWN, FAIR)
        runtime = await notifications.replica()
        carriers = Carriers(networks, [Route(each.name, rate=rate) for each in networks])
        dispatcher = MessageDispatcher(runtime, carriers, settle_seconds=0, approvals=approvals)
        yield Sending(runtime, notifications.replica, carriers, dispatcher)


def most_in_a_second(times: Sequence[float]) -> int:
    """The most calls in any second."""
    at = sorted(times)
    return max(sum(1 for each in at if begin <= each < begin + 1) for begin in at)
