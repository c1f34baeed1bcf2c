"""What contacts have written that somebody of the team has to read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maarid_contracts.envelope import Code, Id
from pydantic import Field

from chassis.answers.listing import Listing, Order
from chassis.answers.shapes import AnswerOut, Stored
from chassis.postgres.database import Pool
from services.notifications.replies.meanings import Meaning


class QuestionOut(AnswerOut):
    """A message that asks something and was not answered."""

    message_id: Id
    contact_id: Id
    template: Code


class OpenAnswerOut(AnswerOut):
    """What was written from a number, by one of those who share it."""

    answer_id: Id
    contact_ids: Sequence[Id]
    network: Code
    text: str = Field(description="Empty where a button was pressed.")
    meaning: Meaning = Field(description="As far as it was understood.")
    reason: Code | None = Field(
        description="Why somebody has to read it.", examples=["unclear", "question_unclear"]
    )
    message_id: Id | None = Field(description="The message that it answers, where that is known.")
    questions: Stored[Sequence[QuestionOut]] = Field(
        description="What these contacts were asked and have not answered."
    )
    at: datetime


class ClosedOut(AnswerOut):
    """What was read."""

    answer_id: Id


# A number that several share has a row for each: the first of them stands for all.  A call that was
# asked for about a message stands on the list of calls.
BELONGS = """
exists (select from answers as b join messages as m on m.contact_id = b.contact_id
         where b.answer_id = {id} and m.fair_id = $1
           and (b.message_id is null or b.message_id = m.message_id))
"""
OPEN = Listing(
    f"""
    select a.answer_id, a.network, a.text, a.meaning, a.reason, a.message_id, a.at,
           array(select b.contact_id::text from answers as b where b.answer_id = a.answer_id
                  order by b.contact_id) as contact_ids,
           coalesce((
               select jsonb_agg(jsonb_build_object(
                          'message_id', q.message_id, 'contact_id', q.contact_id,
                          'template', q.template) order by q.requested_by)
                 from answers as b join messages as q on q.contact_id = b.contact_id
                where b.answer_id = a.answer_id and q.template = any($2::text[])
                  and q.status in ('sent', 'delivered', 'read')
                  and not exists (select from answered as d where d.message_id = q.message_id)
           ), '[]') as questions
      from answers as a
     where a.state = 'open' and (a.meaning <> 'call_me' or a.message_id is null)
       and a.contact_id = (select min(b.contact_id::text)::uuid from answers as b
                            where b.answer_id = a.answer_id)
       and {BELONGS.format(id="a.answer_id")}
    """,
    "answer_id",
    {"at": Order("at", "timestamptz", "select min(at) from answers where answer_id = $key")},
    key_type="uuid",
)
CONTACTS = f"""
select a.contact_id::text from answers as a
 where a.answer_id = $2 and {BELONGS.format(id="$2")}
"""
ASKED = """
select exists (select from messages where message_id = $1 and contact_id = any($2::uuid[]))
"""


async def contacts_of(pool: Pool, fair_id: str, answer_id: str) -> Sequence[str]:
    """Those who may have written an answer that concerns a fair; empty where there is none."""
    rows = await pool.fetch(CONTACTS, fair_id, answer_id)
    return [row["contact_id"] for row in rows]


async def asked(pool: Pool, message_id: str, contact_ids: Sequence[str]) -> bool:
    """Whether a message went to one of these contacts."""
    return bool(await pool.fetchval(ASKED, message_id, contact_ids))
