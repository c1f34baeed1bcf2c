"""The pocket phone: a network that keeps every text in a table, where it can be read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.postgres.clock import Clock
from chassis.postgres.database import TROUBLE, Connection, Pool
from services.notifications.networks.directions import DIRECTIONS
from services.notifications.networks.network import Addressee, Receipt

WRITE = """
insert into phone_messages (message_id, contact_id, channel, language, direction, text, at)
select t.message_id, t.contact_id, t.channel, t.language, t.direction, t.text, $7
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
       with ordinality as t(message_id, contact_id, channel, language, direction, text, n)
  join contacts as c on c.contact_id = t.contact_id
 order by t.n
   for key share of c
on conflict (message_id) do nothing
"""
FIND = "select message_id::text from phone_messages where message_id = any($1::uuid[])"


@dataclass(frozen=True, slots=True)
class _Text:
    message_id: str
    contact_id: str
    channel: str
    language: str
    text: str
    answer: asyncio.Future[Receipt]


class PocketPhone:
    """A `Network` that delivers at once.  Texts sent at the same time are written together.

    A text is written only while its contact is known, and holds the contact until then: an erasure
    finds either all of it or nothing.
    """

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._queue: list[_Text] = []
        self._turn = asyncio.Lock()

    async def send(
        self, message_id: str, to: Addressee, text: str, channel: str, language: str
    ) -> Receipt:
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._queue.append(_Text(message_id, to.contact_id, channel, language, text, answer))
        # Texts that others send in this turn of the loop are written with it.
        await asyncio.sleep(0)
        async with self._turn:
            if not answer.done():
                await self._write()
        return answer.result()

    async def _write(self) -> None:
        """Write the texts that wait and answer their senders."""
        batch, self._queue = self._queue, []
        try:
            kept = await self._write_batch(batch)
        except asyncio.CancelledError:
            self._queue[:0] = batch  # The next in line writes them.
            raise
        except (asyncpg.PostgresError, *TROUBLE) as error:
            for text in batch:
                text.answer.set_exception(error)
            return
        for text in batch:
            if text.message_id in kept:
                text.answer.set_result(Receipt("delivered"))
            else:
                text.answer.set_result(Receipt("failed", "contact_erased"))

    async def _write_batch(self, batch: list[_Text]) -> set[str]:
        """Write texts; returns the messages whose text is there afterwards."""
        ids = [text.message_id for text in batch]
        await self._pool.execute(
            WRITE,
            ids,
            [text.contact_id for text in batch],
            [text.channel for text in batch],
            [text.language for text in batch],
            [DIRECTIONS[text.language] for text in batch],
            [text.text for text in batch],
            self._clock.now(),
        )
        return {row["message_id"] for row in await self._pool.fetch(FIND, ids)}


async def forget_texts(db: Connection, contact_id: str) -> None:
    """Delete every text of a contact."""
    await db.execute("delete from phone_messages where contact_id = $1", contact_id)


@dataclass(frozen=True, slots=True)
class Phone:
    """A pocket phone: how many texts it holds, and when the last came."""

    contact_id: str
    messages: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class PhoneMessage:
    """A text as its reader sees it; `number` counts all texts of the pocket phones."""

    number: int
    message_id: str
    fair_id: str | None
    template: str | None
    channel: str
    language: str
    direction: str
    text: str
    at: datetime


PHONES = Listing(
    """
    select p.contact_id, count(*) as messages, max(p.at) as last_at from phone_messages as p
      left join messages as m using (message_id)
     where ($1::text is null or m.fair_id = $1) group by p.contact_id
    """,
    "contact_id",
    {"contact_id": Order()},
    key_type="uuid",
)


async def phones(pool: Pool, fair_id: str | None, page: Page) -> Part[Phone]:
    """The phones that hold texts, or texts about one fair."""
    part = await PHONES.part(pool, page, fair_id)
    return part.of(lambda row: Phone(str(row["contact_id"]), row["messages"], row["last_at"]))


PHONE = Listing(
    """
    select p.*, m.fair_id, m.template from phone_messages as p
      left join messages as m using (message_id)
     where p.contact_id = $1
    """,
    "number",
    {"at": Order()},
    key_type="bigint",
)


async def phone(pool: Pool, contact_id: str, page: Page) -> Part[PhoneMessage]:
    """The texts of one phone, in the order in which they came unless the page names another."""
    return (await PHONE.part(pool, page, UUID(contact_id))).of(_phone_message)


def _phone_message(row: asyncpg.Record) -> PhoneMessage:
    return PhoneMessage(
        row["number"],
        str(row["message_id"]),
        row["fair_id"],
        row["template"],
        row["channel"],
        row["language"],
        row["direction"],
        row["text"],
        row["at"],
    )
