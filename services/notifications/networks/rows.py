"""The pocket phone: a network that keeps every text in a table, where it can be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from maarid_contracts.envelope import Code, Id, LanguageTag, Slug

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.answers.shapes import AnswerOut
from chassis.definition.personal import PersonalTable
from chassis.definition.timers import Timers
from chassis.postgres.clock import Clock
from chassis.postgres.database import Connection, Pool, columns
from services.notifications.networks.directions import DIRECTIONS, Direction
from services.notifications.networks.mischief import Later, Mischief
from services.notifications.networks.network import Outgoing, Receipt
from services.notifications.networks.together import Together

# How often it came is counted, so that a text sent twice is seen.
WRITE = """
insert into phone_messages as p (message_id, contact_id, channel, language, direction, text,
                                 reference, at)
select t.message_id, t.contact_id, t.channel, t.language, t.direction, t.text, t.reference, $8
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[])
       with ordinality
       as t(message_id, contact_id, channel, language, direction, text, reference, n)
  join contacts as c on c.contact_id = t.contact_id
 order by t.n
   for key share of c
on conflict (message_id) do update
   set times = p.times + 1, channel = excluded.channel, reference = excluded.reference
 where p.reference is distinct from excluded.reference
"""
# A code goes to a number that may be no contact's: its phone has the id of the code.
WRITE_CODES = """
insert into phone_messages as p (message_id, contact_id, channel, language, direction, text,
                                 reference, at)
select t.message_id, t.contact_id, t.channel, t.language, t.direction, t.text, t.reference, $8
  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[])
       with ordinality
       as t(message_id, contact_id, channel, language, direction, text, reference, n)
  join codes as c on c.code_id = t.contact_id and c.phone is not null
 order by t.n
   for share of c
on conflict (message_id) do update
   set times = p.times + 1, channel = excluded.channel, reference = excluded.reference
 where p.reference is distinct from excluded.reference
"""
POCKET_RECEIPT = "pocket_receipt"
"""The kind of timer that fires when a pocket phone that is played says what became of a text."""
TEXTS = PersonalTable("phone_messages")
FIND = "select reference::text from phone_messages where reference = any($1::uuid[])"


@dataclass(frozen=True, slots=True)
class Played:
    """How a pocket phone is played: what befalls texts, and the timers by which it speaks later."""

    mischief: Mischief
    timers: Timers


class PocketPhone:
    """A `Network` that carries everything and delivers at once, or makes mischief where it is
    played.  Texts sent at the same time are written together.

    A text is written only while its contact is known, and holds the contact until then: an erasure
    finds either all of it or nothing.
    """

    name = "pocket"
    channel = None
    templates_alone = False
    here = True

    def __init__(self, pool: Pool, clock: Clock, played: Played | None = None) -> None:
        self._pool = pool
        self._clock = clock
        self._played = played
        self._write = Together(self._write_all)

    async def send(self, outgoing: Outgoing) -> Receipt:
        if self._played is None:
            return await self._written(outgoing, Receipt("delivered"))
        fate = self._played.mischief.fate_of(outgoing.message_id, outgoing.channel)
        if fate.refused:
            return Receipt("failed", fate.refused)
        receipt = Receipt("accepted")
        if fate.arrives:
            receipt = await self._written(outgoing, receipt)
        if receipt.outcome == "accepted":
            # Killed before this, the text is one whose receipts got lost.
            await self._promise(self._played.timers, outgoing.reference, fate.reports)
        return receipt

    async def look_up(self, reference: str, network_id: str | None) -> Receipt | None:
        came = await self._pool.fetchval(FIND, [reference])
        if self._played is not None:
            # It may have been taken and lost, and then it does not know.
            return None if came is None else Receipt("accepted")
        return Receipt("not_taken" if came is None else "delivered")

    async def close(self) -> None:
        return

    async def _written(self, outgoing: Outgoing, receipt: Receipt) -> Receipt:
        known = await self._write.add(outgoing)
        return receipt if known else Receipt("failed", "contact_erased")

    async def _promise(self, timers: Timers, reference: str, reports: Sequence[Later]) -> None:
        if not reports:
            return
        first, *later = reports
        now = self._clock.now()
        payload: dict[str, str] = {
            "outcome": first.receipt.outcome,
            "reason": first.receipt.reason,
        }
        for each in later:
            then_at = now + timedelta(seconds=each.seconds)
            payload |= {"then": each.receipt.outcome, "then_at": then_at.isoformat()}
        await promise(timers, reference, now + timedelta(seconds=first.seconds), payload)

    async def _write_all(self, batch: Sequence[Outgoing]) -> Sequence[bool]:
        """Write texts; returns which of them found their contact."""
        rows = [
            (
                *(each.message_id, each.to.contact_id, each.channel, each.language),
                *(DIRECTIONS[each.language], each.text, each.reference),
            )
            for each in batch
        ]
        await self._pool.execute(WRITE, *columns(rows), self._clock.now())
        references = [each.reference for each in batch]
        kept = {row["reference"] for row in await self._pool.fetch(FIND, references)}
        if len(kept) < len(batch):
            await self._pool.execute(WRITE_CODES, *columns(rows), self._clock.now())
            kept = {row["reference"] for row in await self._pool.fetch(FIND, references)}
        return [reference in kept for reference in references]


async def promise(
    timers: Timers, reference: str, due: datetime, payload: Mapping[str, str]
) -> None:
    """A pocket phone will say what became of a text: `outcome` and `reason`, and perhaps `then`
    another outcome, `then_at` a later moment."""
    key = f"pocket:{reference}:{payload['outcome']}"
    await timers.set(key, POCKET_RECEIPT, due, {**payload, "reference": reference})


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
