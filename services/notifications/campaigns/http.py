"""Routes of campaigns: messages of the organising team to many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from maarid_contracts.envelope import Code, Id, LanguageTag, Slug
from pydantic import ConfigDict, Field

from chassis.answers.shapes import AnswerOut
from chassis.api.fields import Flag, Moment, PathId, RequestIn, TextIn
from chassis.api.requests import (
    Caller,
    ContextDep,
    Page,
    Paged,
    Role,
    Runtime,
    RuntimeDep,
    allow,
    page_of,
    paged,
)
from services.notifications.campaigns import handlers, read
from services.notifications.campaigns.domain import Segment
from services.notifications.campaigns.read import CampaignOut, ProgressOut
from services.notifications.campaigns.rows import texts
from services.notifications.networks.http import CONTACT, OfFair

router = APIRouter(prefix="/campaigns", tags=["campaigns"])

Organiser = Annotated[Caller, allow(Role.ORGANISER)]
Reader = Annotated[Caller, allow(Role.ORGANISER, Role.SERVICE, Role.AUDITOR)]


class SegmentIn(RequestIn):
    """Which contacts of the fair: those of exhibitors to whom all that is said applies; with a
    session and nothing else, everybody with a seat in it."""

    pole_id: Slug | None = None
    province: Slug | None = None
    kind: Code | None = Field(default=None, examples=["cooperative"])
    programme_id: Slug | None = None
    family: Code | None = Field(default=None, examples=["olive_oil"])
    without_booth: Flag = Field(default=False, description="Those who hold no booth yet.")
    session_id: Id | None = Field(default=None, description="Those with a seat in it.")


class CampaignIn(RequestIn):
    """A message to many."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "fair_id": "ouarzazate-2025",
                    "code": "bring_your_badges",
                    "texts": {
                        "ar": "يرجى إحضار بطائق المشاركين قبل التاسعة صباحا.",
                        "fr": "Merci d'apporter les badges de { $organisation } avant 9h.",
                    },
                    "segment": {"pole_id": "products", "without_booth": True},
                }
            ]
        }
    )

    fair_id: Slug
    code: Code = Field(description="What the team calls it.", examples=["bring_your_badges"])
    texts: TextIn = Field(
        description="The fair's name stands before each.  `{ $organisation }` and `{ $fair }` are"
        " filled in; nothing else is."
    )
    segment: SegmentIn = SegmentIn()
    until: Moment | None = Field(
        default=None,
        description="When it is worth telling no more; else three days after it began.",
    )


class PreviewIn(RequestIn):
    """One's own phone."""

    contact_id: Id = Field(examples=[CONTACT])


class ShareOut(AnswerOut):
    """What goes to some of the contacts who have agreed."""

    language: LanguageTag
    channel: Code | None = Field(description="None where no network carries it there.")
    contacts: int
    segments: int = Field(description="Of each text; at most, where it names organisations.")
    cost_mad: float = Field(description="For all of them.")


class ReachOut(AnswerOut):
    """Whom the draft would reach now, and what that would cost by the first way of each."""

    contacts: int
    with_consent: int
    without_consent: int = Field(description="They are not written to: the team calls them.")
    segments: int
    cost_mad: float
    shares: Sequence[ShareOut]


class CampaignShownOut(CampaignOut):
    """A campaign with its text, whom a draft would reach, and what became of its messages."""

    texts: dict[LanguageTag, str] | None = Field(description="None where they are gone.")
    reach: ReachOut | None = Field(description="Of a draft.")
    progress: ProgressOut


class PreviewedOut(AnswerOut):
    """The message to one's own phone."""

    message_id: Id


@router.post("", status_code=201)
async def draft_campaign(
    runtime: RuntimeDep, caller: Organiser, context: ContextDep, body: CampaignIn
) -> CampaignShownOut:
    """Write a message to many.  Nothing is sent until it is started."""
    asked = handlers.Draft(
        body.fair_id,
        body.code,
        body.segment.as_a(Segment),
        body.texts.model_dump(exclude_none=True),
        body.until,
    )
    return await _shown(runtime, await handlers.draft(runtime, context, asked))


@router.get("")
async def list_campaigns(
    runtime: RuntimeDep,
    caller: Reader,
    page: Annotated[Page, page_of(read.CAMPAIGNS)],
    fair_id: OfFair = None,
) -> Paged[CampaignOut]:
    """Campaigns in the order in which they were drafted."""
    return paged(await read.campaigns(runtime.pool, fair_id, page))


@router.get("/{campaign_id}")
async def show_campaign(
    runtime: RuntimeDep, caller: Organiser, campaign_id: PathId
) -> CampaignShownOut:
    """A campaign with its text, and what became of its messages."""
    return await _shown(runtime, campaign_id)


@router.post("/{campaign_id}/preview", status_code=202)
async def preview_campaign(
    runtime: RuntimeDep,
    caller: Organiser,
    context: ContextDep,
    campaign_id: PathId,
    body: PreviewIn,
) -> PreviewedOut:
    """Send it to one's own phone, at any hour; ten times an hour at most."""
    message_id = await handlers.preview(runtime, context, campaign_id, body.contact_id)
    return PreviewedOut(message_id=message_id)


@router.post("/{campaign_id}/start")
async def start_campaign(
    runtime: RuntimeDep, caller: Organiser, context: ContextDep, campaign_id: PathId
) -> CampaignShownOut:
    """Begin to send it, to those whom the segment holds now; in quiet hours it waits."""
    await handlers.start(runtime, context, campaign_id)
    return await _shown(runtime, campaign_id)


@router.post("/{campaign_id}/pause")
async def pause_campaign(
    runtime: RuntimeDep, caller: Organiser, context: ContextDep, campaign_id: PathId
) -> CampaignShownOut:
    """Send nothing more of it for now."""
    await handlers.pause(runtime, context, campaign_id)
    return await _shown(runtime, campaign_id)


@router.post("/{campaign_id}/resume")
async def resume_campaign(
    runtime: RuntimeDep, caller: Organiser, context: ContextDep, campaign_id: PathId
) -> CampaignShownOut:
    """Go on sending it."""
    await handlers.resume(runtime, context, campaign_id)
    return await _shown(runtime, campaign_id)


@router.post("/{campaign_id}/stop")
async def stop_campaign(
    runtime: RuntimeDep, caller: Organiser, context: ContextDep, campaign_id: PathId
) -> CampaignShownOut:
    """End it: what was not sent yet never will be."""
    await handlers.stop(runtime, context, campaign_id)
    return await _shown(runtime, campaign_id)


async def _shown(runtime: Runtime, campaign_id: str) -> CampaignShownOut:
    campaign = await handlers.show(runtime, campaign_id)
    written = await texts.written(runtime.pool, campaign_id)
    found = await handlers.reach_of(runtime, campaign, written)
    return CampaignShownOut(
        **campaign.model_dump(),
        texts=None if written is None else dict(written),
        reach=None if found is None else _reach(found),
        progress=await read.progress(runtime.pool, campaign_id),
    )


def _reach(found: handlers.Reach) -> ReachOut:
    return ReachOut(
        contacts=found.contacts,
        with_consent=found.with_consent,
        without_consent=found.contacts - found.with_consent,
        segments=sum(each.segments * each.contacts for each in found.shares),
        cost_mad=round(sum(each.cost_mad for each in found.shares), 2),
        shares=[ShareOut.model_validate(each) for each in found.shares],
    )
