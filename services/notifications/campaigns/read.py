"""Campaigns in a table, and the queries on them and their messages."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import asyncpg
from maarid_contracts.envelope import Code, Id, LanguageTag, Slug
from pydantic import Field

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.answers.shapes import AnswerOut, Stored
from chassis.definition.projection import Projection, Write, as_json, rows_of_facts
from chassis.log.events import Fact
from chassis.postgres.database import Pool
from services.notifications.campaigns.domain import (
    CampaignDrafted,
    CampaignFinished,
    CampaignPaused,
    CampaignResumed,
    CampaignStarted,
    CampaignState,
    CampaignStopped,
    Event,
)

DRAFT = """
insert into campaigns (campaign_id, drafted_by, fair_id, code, segment, languages, text_hash, until,
                       state, drafted_at, correlation_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'drafted', $9, $10)
on conflict (campaign_id) do nothing
"""
# In one statement, so that of several events of a campaign the last counts.
MOVE = """
update campaigns
   set state = $2, until = coalesce($3, until), started_at = coalesce($4, started_at),
       started_by = coalesce($5, started_by), ended_at = coalesce($6, ended_at)
 where campaign_id = $1
"""


def _write(fact: Fact[Event]) -> Write:
    event, at = fact.event, fact.occurred_at
    match event:
        case CampaignDrafted():
            what = (event.fair_id, event.code, as_json(segment_of(event)), list(event.languages))
            by = (event.campaign_id, fact.event_id)
            times = (event.text_hash, event.until, at, fact.correlation_id)
            return DRAFT, (*by, *what, *times)
        case CampaignStarted(campaign_id, _, until):
            return MOVE, (campaign_id, CampaignState.RUNNING, until, at, fact.event_id, None)
        case CampaignPaused(campaign_id):
            return MOVE, (campaign_id, CampaignState.PAUSED, None, None, None, None)
        case CampaignResumed(campaign_id):
            return MOVE, (campaign_id, CampaignState.RUNNING, None, None, None, None)
        case CampaignStopped(campaign_id):
            return MOVE, (campaign_id, CampaignState.STOPPED, None, None, None, at)
        case CampaignFinished(campaign_id):
            return MOVE, (campaign_id, CampaignState.FINISHED, None, None, None, at)


def segment_of(event: CampaignDrafted) -> Mapping[str, object]:
    """What a segment says, by name; what it does not say is left out."""
    said = {name: getattr(event.segment, name) for name in event.segment.__slots__}
    return {name: value for name, value in said.items() if value}


PROJECTION = Projection(
    tables=("campaigns",), own=rows_of_facts((DRAFT, MOVE), _write), events=Event
)


class SegmentOut(AnswerOut):
    """Which contacts of a fair a campaign goes to."""

    pole_id: Slug | None = None
    province: Slug | None = None
    kind: Code | None = None
    programme_id: Slug | None = None
    family: Code | None = None
    without_booth: bool = False
    session_id: Id | None = None


class CampaignOut(AnswerOut):
    """A campaign, and how far it has come."""

    campaign_id: Id
    fair_id: Slug
    code: Code
    segment: Stored[SegmentOut]
    languages: Sequence[LanguageTag]
    text_hash: str = Field(examples=["9f86d081884c7d659a2feaa0c55ad015" * 2])
    state: CampaignState
    until: datetime | None = Field(description="When it is worth telling no more.")
    drafted_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class ProgressOut(AnswerOut):
    """What became of a campaign's messages so far."""

    recipients: int | None = Field(description="Contacts that were chosen when it was started.")
    asked_for: int
    waiting: int = Field(description="Asked for, and not handed over yet.")
    sent: int = Field(description="Handed over; no receipt has come yet.")
    delivered: int
    read: int
    failed: int
    unknown: int = Field(description="Nobody knows whether the network has taken them.")
    to_call: int = Field(description="Failed or unknown: the team reaches them by phone.")
    segments: int = Field(description="SMS that were handed over, or may have been.")
    cost_mad: float = Field(description="What these cost, by the routes that they went.")


CAMPAIGNS = Listing(
    "select * from campaigns where ($1::text is null or fair_id = $1)",
    "drafted_by",
    {"drafted_at": Order()},
    key_type="uuid",
)
RUNNING = """
select campaign_id::text, fair_id, segment::text as segment, started_by, started_at, correlation_id
  from campaigns where state = 'running' order by campaign_id
"""
TOLD = """
select c.campaign_id::text, c.state, c.until, t.texts::text as texts
  from campaigns as c join campaign_texts as t using (campaign_id)
 where c.campaign_id = any($1::text[]::uuid[])
"""
PROGRESS = """
with of_campaign as (
    select message_id, status from messages
     where template = 'campaign' and arguments ->> 'campaign_id' = $1::text
       and not arguments ? 'preview'
), open as (
    select count(*) filter (where waits_for = 'unknown') as unknown
      from sending where campaign_id = $1::text::uuid
)
select count(*) as asked_for,
       count(*) filter (where status = 'requested') as requested,
       count(*) filter (where status = 'sent') as sent,
       count(*) filter (where status in ('delivered', 'read')) as delivered,
       count(*) filter (where status = 'read') as read,
       count(*) filter (where status = 'failed') as failed,
       (select unknown from open) as unknown,
       (select chosen from campaign_work where campaign_id = $1::text::uuid) as recipients
  from of_campaign
"""


SPENT = """
select coalesce(sum(a.segments), 0)::integer as segments,
       coalesce(sum(a.cost_mad), 0)::float8 as cost_mad
  from messages as m join attempts as a using (message_id)
 where m.template = 'campaign' and m.arguments ->> 'campaign_id' = $1::text
   and not m.arguments ? 'preview' and a.outcome is distinct from 'not_taken'
"""


async def campaigns(pool: Pool, fair_id: str | None, page: Page) -> Part[CampaignOut]:
    """The campaigns, or those of one fair, in the order in which they were drafted."""
    return (await CAMPAIGNS.part(pool, page, fair_id)).of(CampaignOut.of)


async def campaign(pool: Pool, campaign_id: str) -> CampaignOut | None:
    """One campaign; None where none was drafted under this id."""
    return CampaignOut.found(
        await pool.fetchrow("select * from campaigns where campaign_id = $1", campaign_id)
    )


async def running(pool: Pool) -> Sequence[asyncpg.Record]:
    """The campaigns whose messages are to be asked for."""
    return await pool.fetch(RUNNING)


async def told(pool: Pool, campaign_ids: Collection[str]) -> Sequence[asyncpg.Record]:
    """Campaigns and their texts, of those whose text is there."""
    return await pool.fetch(TOLD, list(campaign_ids))


async def progress(pool: Pool, campaign_id: str) -> ProgressOut:
    """What became of a campaign's messages so far, and what they cost."""
    row, spent = await asyncio.gather(
        pool.fetchrow(PROGRESS, campaign_id), pool.fetchrow(SPENT, campaign_id)
    )
    assert row is not None
    assert spent is not None
    counts = dict(row)
    requested, unknown = counts.pop("requested"), counts["unknown"]
    waiting = max(requested - unknown, 0)
    return ProgressOut(
        **counts,
        waiting=waiting,
        to_call=counts["failed"] + unknown,
        segments=spent["segments"],
        cost_mad=round(spent["cost_mad"], 2),
    )
