"""The messages about a fair, counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from pydantic import Field

from chassis.answers.shapes import AnswerOut
from chassis.postgres.database import Pool

# Those that are yet to be requested wait in the queue, and those that were sent for a receipt,
# unless they go on to another channel.
COUNTED = """
with counted as (
    select kind, value, messages from figures where fair_id = $1 and messages > 0
), pending (value, messages) as (
    select coalesce(waits_for, 'queued'), count(*) from sending where fair_id = $1 group by 1
    union all
    select value, messages from counted where kind = 'fanout'
    union all
    select 'awaiting_receipt', messages from counted where kind = 'status' and value = 'sent'
    union all
    select 'awaiting_receipt', -count(*) from sending where fair_id = $1 and again
)
select * from (
    table counted
    union all
    select 'pending', value, sum(messages)::bigint from pending group by value
    having sum(messages) > 0
    union all
    select 'opted_out', '', count(*) from opt_outs as o
     where o.consented_at is null
       and exists (select from messages as m
                    where m.contact_id = o.contact_id and m.fair_id = $1)
) as found order by value collate "C"
"""

COST_UNITS = 10_000
"""Costs are counted in ten-thousandths of a dirham, which is as finely as routes name them."""


class FiguresOut(AnswerOut):
    """The messages about a fair, counted; the pending ones by what they wait for."""

    messages: int
    by_status: Mapping[str, int]
    by_language: Mapping[str, int]
    by_channel: Mapping[str, int] = Field(description="Each channel by which they were sent.")
    segments_by_channel: Mapping[str, int]
    fell_back: int = Field(description="Sent by another channel, because one had failed.")
    attempts_failed_by_reason: Mapping[str, int]
    by_template: Mapping[str, int]
    failed_by_reason: Mapping[str, int]
    pending_by_reason: Mapping[str, int]
    answers: Mapping[str, int] = Field(description="What contacts have answered to questions.")
    opted_out: int = Field(
        description="Contacts with messages about the fair that want no more messages."
    )
    cost_mad: float = Field(description="Dirhams, by what routes say that a segment costs.")


async def figures(pool: Pool, fair_id: str) -> FiguresOut:
    """The messages counted so far."""
    counted: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in await pool.fetch(COUNTED, fair_id):
        counted[row["kind"]][row["value"]] = row["messages"]
    return FiguresOut(
        messages=sum(counted["template"].values()),
        by_status=counted["status"],
        by_language=counted["language"],
        by_channel=counted["channel"],
        segments_by_channel=counted["segments"],
        fell_back=sum(counted["fell_back"].values()),
        attempts_failed_by_reason=counted["attempt_reason"],
        by_template=counted["template"],
        failed_by_reason=counted["reason"],
        pending_by_reason=counted["pending"],
        answers=counted["answer"],
        opted_out=sum(counted["opted_out"].values()),
        cost_mad=sum(counted["cost"].values()) / COST_UNITS,
    )
