"""What the team has written, and how often somebody had it sent to their own phone."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from chassis.definition.personal import PersonalTable
from chassis.definition.projection import as_json
from chassis.postgres.database import Connection, Pool

TEXTS = PersonalTable("campaign_texts")
PREVIEWS_AN_HOUR = 10

# A process may have died between the text and its campaign, and another text come under its id;
# that of a campaign stays as it is.
KEEP = """
insert into campaign_texts as t (campaign_id, texts) values ($1, $2)
on conflict (campaign_id) do update set texts = excluded.texts
 where not exists (select from campaigns where campaign_id = $1)
"""
# Of a campaign that was never drafted after all, whose process died or whose request was refused;
# and of one that is over.
FORGET = """
delete from campaign_texts as t
 where written_at < clock_timestamp() - interval '1 day'
   and not exists (select from campaigns as c where c.campaign_id = t.campaign_id)
    or written_at < clock_timestamp() - interval '90 days'
   and exists (select from campaigns as c
                where c.campaign_id = t.campaign_id and c.state in ('stopped', 'finished'))
"""
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended('campaign_previews:' || $1, 0))"
PREVIEW = """
insert into campaign_previews (message_id, campaign_id, actor)
select $1, $2, $3
 where (select count(*) from campaign_previews
         where actor = $3 and at > clock_timestamp() - interval '1 hour') < $4
on conflict (message_id) do nothing
"""
PRUNE = "delete from campaign_previews where at < clock_timestamp() - interval '1 day'"


async def keep(pool: Pool, campaign_id: str, texts: Mapping[str, str]) -> None:
    """Keep the texts of a campaign that is about to be drafted."""
    await pool.execute(KEEP, campaign_id, as_json(texts))


async def written(pool: Pool, campaign_id: str) -> Mapping[str, str] | None:
    """The texts of a campaign; None where they are gone."""
    found = await pool.fetchval(
        "select texts::text from campaign_texts where campaign_id = $1", campaign_id
    )
    return None if found is None else orjson.loads(found)


async def forget_old(pool: Pool) -> None:
    """Delete what belongs to no campaign or to one of long ago, and the previews of yesterday."""
    await pool.execute(FORGET)
    await pool.execute(PRUNE)


async def may_preview(db: Connection, message_id: str, campaign_id: str, actor: str) -> bool:
    """Whether somebody may have a campaign sent to their own phone once more in this hour; the same
    request again is the same.  Within a transaction, which others of theirs wait for."""
    await db.execute(ONE_AT_A_TIME, actor)
    await db.execute(PREVIEW, message_id, campaign_id, actor, PREVIEWS_AN_HOUR)
    return await db.fetchval(
        "select exists (select from campaign_previews where message_id = $1)", message_id
    )
