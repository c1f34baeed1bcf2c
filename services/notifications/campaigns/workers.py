"""Asks for the messages of campaigns that run, a page after another.

Whom a campaign goes to is written down when it is taken up first, and does not change after that:
so the team knows how many there are, and a page that is taken up again after a crash holds the
same.  The ids of commands and messages come from the campaign and the contact, so a message that is
asked for twice is the same message.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg
import orjson
import structlog

from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.log.desk import Busy, Unavailable
from chassis.postgres.database import RACE, TROUBLE
from chassis.process.breakpoints import reached
from chassis.process.ids import uuid5, uuid7
from services.notifications.campaigns import read
from services.notifications.campaigns.domain import FinishCampaign, Segment, campaign_stream
from services.notifications.campaigns.handlers import arguments_to
from services.notifications.campaigns.rows import recipients, texts
from services.notifications.messages.domain import RequestMessage
from services.notifications.messages.handlers import follow_log, request_message
from services.notifications.messages.tellings import Template
from services.notifications.messages.workers.rounds import in_rounds

log = structlog.get_logger(__name__)

PAGE = 250
"""Messages that are asked for at once: half a round of the desk, so that others have their turn."""
OPEN_AT_MOST = 2000
"""Messages of a campaign that were asked for and are neither handed over nor settled."""
CLAIM_SECONDS = 30
FORGET_SECONDS = 3600.0


async def ask_for_campaigns(runtime: Runtime) -> None:
    """The worker: asks for the messages of campaigns that run."""
    await in_rounds(lambda: ask_round(runtime), PAGE, "campaigns.trouble")


async def ask_round(runtime: Runtime) -> int:
    """Ask for a page of each campaign that runs; returns how many messages were asked for."""
    asked = 0
    for campaign in await read.running(runtime.pool):
        asked += await _ask_page(runtime, campaign)
    return asked


async def _ask_page(runtime: Runtime, campaign: asyncpg.Record) -> int:
    pool, campaign_id = runtime.pool, campaign["campaign_id"]
    segment = Segment(**orjson.loads(campaign["segment"]))
    await recipients.choose(pool, campaign_id, campaign["fair_id"], segment)
    await reached("campaign.chosen")
    rows = await recipients.take(pool, campaign_id, PAGE, OPEN_AT_MOST, CLAIM_SECONDS)
    if not rows:
        await _finish(runtime, campaign)
        return 0
    await reached("campaign.taken")
    outcomes = await asyncio.gather(*(_ask(runtime, campaign, row) for row in rows))
    await reached("campaign.asked")
    tried = list(zip(rows, outcomes, strict=True))
    if left := [row for row, was_asked in tried if not was_asked]:
        await recipients.again(pool, campaign_id, left)
    # Before the rows are deleted: what is neither among them nor among those to be sent would not
    # be counted as open.
    await follow_log(pool)
    await recipients.done(pool, campaign_id, [row for row, was_asked in tried if was_asked])
    return len(rows)


async def _ask(runtime: Runtime, campaign: asyncpg.Record, row: asyncpg.Record) -> bool:
    """Returns whether the message was asked for."""
    contact_id, of = str(row["contact_id"]), UUID(campaign["campaign_id"])
    command = RequestMessage(
        str(uuid5(of, f"{Template.CAMPAIGN}:{contact_id}")),
        campaign["fair_id"],
        contact_id,
        Template.CAMPAIGN.value,
        arguments_to(campaign["campaign_id"], row["organisation_id"]),
        cause_at=campaign["started_at"],
    )
    context = CommandContext(
        command_id=uuid5(of, f"tell:{contact_id}"),
        actor="policy:campaigns",
        correlation_id=campaign["correlation_id"],
        causation_id=campaign["started_by"],
    )
    try:
        await request_message(runtime, context, command)
    except (Busy, Unavailable, *TROUBLE, *RACE) as error:
        log.warning("campaigns.trouble", error=type(error).__name__)
        return False
    return True


async def _finish(runtime: Runtime, campaign: asyncpg.Record) -> None:
    """Record that all is done, once it is."""
    campaign_id = campaign["campaign_id"]
    chosen = await recipients.all_done(runtime.pool, campaign_id)
    if chosen is None:
        return
    # Each time an id of its own: a campaign that was held at this moment ends some other time.
    context = CommandContext(
        command_id=uuid7(),
        actor="policy:campaigns",
        correlation_id=campaign["correlation_id"],
        causation_id=campaign["started_by"],
    )
    command = FinishCampaign(campaign_id, chosen)
    try:
        await runtime.desk.execute(campaign_stream(campaign_id), command, context)
    except (Busy, Unavailable) as error:
        log.warning("campaigns.trouble", error=type(error).__name__)


async def forget_texts(runtime: Runtime) -> None:
    """Forget what nobody will send any more, for ever; each replica looks for itself."""
    while True:
        try:
            await texts.forget_old(runtime.pool)
            await recipients.drop_ended(runtime.pool)
        except (*TROUBLE, *RACE) as error:
            log.warning("campaigns.trouble", error=type(error).__name__)
        await asyncio.sleep(FORGET_SECONDS)
