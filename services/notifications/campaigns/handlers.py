"""Draft, preview, start, hold and stop campaigns, and tell the sender of messages what they say."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from chassis.answers.problems import Problem
from chassis.answers.shapes import known
from chassis.api.fields import new_id
from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from services.notifications.campaigns import read
from services.notifications.campaigns.domain import (
    CampaignDrafted,
    CampaignState,
    DraftCampaign,
    PauseCampaign,
    ResumeCampaign,
    Segment,
    StartCampaign,
    StopCampaign,
    campaign_stream,
)
from services.notifications.campaigns.read import CampaignOut
from services.notifications.campaigns.reckoning import (
    Reached,
    Share,
    names_of,
    segments_of,
    shares_of,
)
from services.notifications.campaigns.rows import recipients, texts as rows
from services.notifications.fairs.fair import Fair, Named
from services.notifications.fairs.read import fairs
from services.notifications.messages.domain import RequestMessage
from services.notifications.messages.filling import Campaign
from services.notifications.messages.free_texts import TextBroken, names_in
from services.notifications.messages.handlers import request_message
from services.notifications.messages.rows import sending
from services.notifications.messages.tellings import Template
from services.notifications.networks.routing import FREE_TEXTS, Route, read_ladder, read_routes
from services.notifications.workshops.read import workshops

LASTS = timedelta(days=3)
"""So long a campaign is worth telling from its start, where its draft does not say."""
LASTS_AT_MOST = timedelta(days=30)
MAX_SEGMENTS = 6
PREVIEW_SECONDS = 3600
FAIR, ORGANISATION = "fair", "organisation"


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a campaign would reach now, and what that would cost."""

    contacts: int
    with_consent: int
    segments: Mapping[str, int]
    """Those of its text by language, as SMS."""
    shares: Sequence[Share]


@dataclass(frozen=True, slots=True)
class Draft:
    """What the team has written, to whom, and until when it is worth telling."""

    fair_id: str
    code: str
    segment: Segment
    texts: Mapping[str, str]
    until: datetime | None


async def draft(runtime: Runtime, context: CommandContext, asked: Draft) -> str:
    """Draft a campaign; returns its id.  Raises Refused, and stores nothing then."""
    await runtime.desk.refused_before(context)
    campaign_id = new_id(context, "campaign")
    if await read.campaign(runtime.pool, campaign_id) is None:
        await _check(runtime, asked)
        await rows.keep(runtime.pool, campaign_id, asked.texts)
    drafted = CampaignDrafted(
        campaign_id,
        asked.fair_id,
        asked.code,
        asked.segment,
        tuple(sorted(asked.texts)),
        hash_of(asked.texts),
        asked.until,
    )
    await runtime.desk.execute(campaign_stream(campaign_id), DraftCampaign(drafted), context)
    return campaign_id


def hash_of(texts: Mapping[str, str]) -> str:
    """What stands for the texts where they may not be said."""
    return hashlib.sha256(orjson.dumps(texts, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def _check(runtime: Runtime, asked: Draft) -> None:
    fair = await _standing(runtime, asked.fair_id)
    session_id = asked.segment.session_id
    if session_id is not None:
        found = (await workshops(runtime.pool, [session_id])).get(session_id)
        if found is None or found.fair_id != asked.fair_id:
            raise Refused("session_unknown", session=session_id)
    now = runtime.clock.now()
    if asked.until is not None and not now < asked.until <= now + LASTS_AT_MOST:
        raise Refused("campaign_until", days=LASTS_AT_MOST.days)
    _check_names(asked)
    found = await reach(runtime, fair, asked.segment, asked.texts)
    if found.contacts == 0:
        raise Refused("segment_empty")
    for language, many in found.segments.items():
        if many > MAX_SEGMENTS:
            raise Refused("text_too_long", language=language, segments=many, limit=MAX_SEGMENTS)


def _check_names(asked: Draft) -> None:
    """Raises Refused for a text that cannot be read, or names what we do not know."""
    allowed = [FAIR, ORGANISATION] if asked.segment.of_exhibitors else [FAIR]
    for language, text in asked.texts.items():
        try:
            named = names_in(text)
        except TextBroken:
            raise Refused("text_broken", language=language) from None
        for name in sorted(named.difference(allowed)):
            shown = ", ".join(f"{{ ${each} }}" for each in allowed)
            raise Refused("name_unknown", name=name, language=language, allowed=shown)


async def reach(runtime: Runtime, fair: Fair, segment: Segment, texts: Mapping[str, str]) -> Reach:
    """Whom a campaign would reach now.  Where its text names organisations, it is counted with the
    longest name of them."""
    pool = runtime.pool
    routes, digits = routes_of(runtime)
    segments: dict[str, int] = {}
    for language, text in texts.items():
        organisation: Named | None = None
        if ORGANISATION in names_in(text):
            longest = await recipients.longest_name(pool, fair.fair_id, segment, language)
            organisation = {"ar": "", "fr": ""} if longest is None else orjson.loads(longest)
        names = names_of(fair.name, organisation)
        segments[language] = segments_of(text, names, language)
    found = await recipients.reached(pool, fair.fair_id, segment, digits)
    groups = [Reached(**row) for row in found]
    ladder = read_ladder(runtime.settings.ladder)
    return Reach(
        sum(each.contacts for each in groups),
        sum(each.contacts for each in groups if each.consent),
        segments,
        shares_of(groups, segments, routes, ladder),
    )


def routes_of(runtime: Runtime) -> tuple[Sequence[Route], int]:
    """The routes of free texts, and how many signs of a number decide between them."""
    known = {*FREE_TEXTS, "whatsapp", "twilio_whatsapp"}
    routes = read_routes(runtime.settings.networks, known)
    return routes, max(len(each.prefix) for each in routes)


async def _standing(runtime: Runtime, fair_id: str) -> Fair:
    fair = known((await fairs(runtime.pool, [fair_id])).get(fair_id), "fair_unknown", fair=fair_id)
    if fair.cancelled:
        raise Refused("fair_was_cancelled", fair=fair_id)
    return fair


async def show(runtime: Runtime, campaign_id: str) -> CampaignOut:
    """A campaign.  Raises Refused."""
    found = await read.campaign(runtime.pool, campaign_id)
    return known(found, "campaign_unknown", campaign=campaign_id)


async def reach_of(
    runtime: Runtime, campaign: CampaignOut, texts: Mapping[str, str] | None
) -> Reach | None:
    """Whom a draft would reach now; None where it was started, or its text is gone."""
    if campaign.state is not CampaignState.DRAFTED or texts is None:
        return None
    fair = (await fairs(runtime.pool, [campaign.fair_id]))[campaign.fair_id]
    return await reach(runtime, fair, segment_in(campaign), texts)


def segment_in(campaign: CampaignOut) -> Segment:
    """The segment of a campaign as it is decided of."""
    return Segment(**campaign.segment.model_dump())


async def preview(
    runtime: Runtime, context: CommandContext, campaign_id: str, contact_id: str
) -> str:
    """Send a campaign to one's own phone; returns the message's id.

    Raises Refused, and Problem 429 where somebody does so too often.
    """
    await runtime.desk.refused_before(context)
    campaign = await show(runtime, campaign_id)
    if await rows.written(runtime.pool, campaign_id) is None:
        raise Refused("campaign_text_gone", campaign=campaign_id)
    message_id = new_id(context, "preview")
    async with runtime.pool.acquire() as db, db.transaction():
        if not await rows.may_preview(db, message_id, campaign_id, context.actor):
            raise Problem(429, "too_many_previews", retry_after=PREVIEW_SECONDS)
    arguments = {"campaign_id": campaign_id, "preview": "true"}
    segment = segment_in(campaign)
    some = await recipients.some_organisation(runtime.pool, campaign.fair_id, segment)
    if some is not None:
        arguments["organisation_id"] = some
    command = RequestMessage(
        message_id, campaign.fair_id, contact_id, Template.CAMPAIGN.value, arguments
    )
    await request_message(runtime, context, command)
    return message_id


async def start(runtime: Runtime, context: CommandContext, campaign_id: str) -> None:
    """Begin to ask for its messages.  Raises Refused."""
    campaign = await show(runtime, campaign_id)
    if campaign.state is CampaignState.DRAFTED:
        fair = await _standing(runtime, campaign.fair_id)
        texts = await rows.written(runtime.pool, campaign_id)
        if texts is None:
            raise Refused("campaign_text_gone", campaign=campaign_id)
        if (await reach(runtime, fair, segment_in(campaign), texts)).contacts == 0:
            raise Refused("segment_empty")
    now = runtime.clock.now()
    command = StartCampaign(campaign_id, now, now + LASTS)
    await runtime.desk.execute(campaign_stream(campaign_id), command, context)


async def pause(runtime: Runtime, context: CommandContext, campaign_id: str) -> None:
    """Ask for no more and send no more for now: whoever has claimed its messages sees it before it
    begins an attempt.  Raises Refused."""
    command = PauseCampaign(campaign_id)
    await runtime.desk.execute(campaign_stream(campaign_id), command, context)


async def resume(runtime: Runtime, context: CommandContext, campaign_id: str) -> None:
    """Go on.  Raises Refused."""
    command = ResumeCampaign(campaign_id)
    await runtime.desk.execute(campaign_stream(campaign_id), command, context)
    # Without this they look again by themselves.
    await sending.release_campaign(runtime.pool, campaign_id)


async def stop(runtime: Runtime, context: CommandContext, campaign_id: str) -> None:
    """End it: what was asked for and not sent fails.  Raises Refused."""
    command = StopCampaign(campaign_id)
    await runtime.desk.execute(campaign_stream(campaign_id), command, context)
    await recipients.drop(runtime.pool, campaign_id)
    await sending.wake_campaign(runtime.pool, campaign_id)


async def to_tell(runtime: Runtime, campaign_ids: Collection[str]) -> Mapping[str, Campaign]:
    """What these campaigns say, and whether they are held, for the sender of messages."""
    if not campaign_ids:
        return {}
    return {
        row["campaign_id"]: Campaign(
            orjson.loads(row["texts"]),
            row["until"],
            paused=row["state"] == CampaignState.PAUSED,
            stopped=row["state"] == CampaignState.STOPPED,
        )
        for row in await read.told(runtime.pool, campaign_ids)
    }


def arguments_to(campaign_id: str, organisation_id: UUID | None) -> Mapping[str, str]:
    """What a campaign's message to somebody is filled with: ids, for its text is in no event."""
    arguments = {"campaign_id": campaign_id}
    if organisation_id is not None:
        arguments["organisation_id"] = str(organisation_id)
    return arguments
