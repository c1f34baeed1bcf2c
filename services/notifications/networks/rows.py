"""The pocket phone: a network that keeps every text in a table, where it can be read."""

from __future__ import annotations

import asyncio
from datetime import datetime

import asyncpg
from maarid_contracts.envelope import Code, Id, LanguageTag, Slug

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.answers.shapes import AnswerOut
from chassis.definition.personal import PersonalTable
from chassis.postgres.clock import Clock
from chassis.postgres.database import TROUBLE, Connection, Pool, columns
from services.notifications.networks.directions import DIRECTIONS, Direction
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
# A code goes to a number that may be no contact's: its phone has the id of the code.
WRITE_CODES = """
insert into phone_messages (message_id, contact_id, channel, language, direction, text, at)
select t.message_id, t.contact_id, t.channel, t.language, t.direction, t.text, $7
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
       with ordinality as t(message_id, contact_id, channel, language, direction, text, n)
  join codes as c on c.code_id = t.contact_id and c.phone is not null
 order by t.n
   for share of c
on conflict (message_id) do nothing
"""
TEXTS = PersonalTable("phone_messages")
FIND = "select message_id::text from phone_messages where message_id = any($1::uuid[])"


class PocketPhone:
    """A `Network` that delivers at once.  Texts sent at the same time are written together.

    A text is written only while its contact is known, and holds the contact until then: an erasure
    finds either all of it or nothing.
    """

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._queue: list[tuple[tuple[str, ...], asyncio.Future[Receipt]]] = []
        self._turn = asyncio.Lock()

    async def send(
        self, message_id: str, to: Addressee, text: str, channel: str, language: str
    ) -> Receipt:
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        row = (message_id, to.contact_id, channel, language, DIRECTIONS[language], text)
        self._queue.append((row, answer))
        # Texts that others send in this turn of the loop are written with it.
        await asyncio.sleep(0)
        async with self._turn:
            if not answer.done():
                await self._write()
        return answer.result()

    async def _write(self) -> None:
        """Write the texts that wait and answer their senders."""
        batch, self._queue = self._queue, []
        ids, *others = columns(row for row, _ in batch)
        try:
            await self._pool.execute(WRITE, ids, *others, self._clock.now())
            kept = {row["message_id"] for row in await self._pool.fetch(FIND, ids)}
            if len(kept) < len(batch):
                await self._pool.execute(WRITE_CODES, ids, *others, self._clock.now())
                kept = {row["message_id"] for row in await self._pool.fetch(FIND, ids)}
        except asyncio.CancelledError:
            self._queue[:0] = batch  # The next in line writes them.
            raise
        except (asyncpg.PostgresError, *TROUBLE) as error:
            for _, answer in batch:
                answer.set_exception(error)
            return
        for message_id, (_, answer) in zip(ids, batch, strict=True):
            written = message_id in kept
            answer.set_result(
                Receipt("delivered") if written else Receipt("failed", "contact_erased")
            )


async def forget_texts(db: Connection, contact_id: str) -> None:
    """Delete every text of a contact."""
    await db.execute("delete from phone_messages where contact_id = $1", contact_id)


class PhoneOut(AnswerOut):
    """A contact's pocket phone, and how many texts it holds."""

    contact_id: Id
    messages: int
    last_at: datetime


class PhoneMessageOut(AnswerOut):
    """A text as its reader sees it."""

    message_id: Id
    fair_id: Slug | None
    template: Code | None
    text: str
    language: LanguageTag
    direction: Direction
    channel: Code
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


async def phones(pool: Pool, fair_id: str | None, page: Page) -> Part[PhoneOut]:
    """The phones that hold texts, or texts about one fair."""
    return (await PHONES.part(pool, page, fair_id)).of(PhoneOut.of)


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


async def phone(pool: Pool, contact_id: str, page: Page) -> Part[PhoneMessageOut]:
    """The texts of one phone, in the order in which they came unless the page names another."""
    return (await PHONE.part(pool, page, contact_id)).of(PhoneMessageOut.of)
