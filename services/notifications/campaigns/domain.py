"""Stream `campaign-{campaign_id}`: a message of the organising team to many, from draft to end.

What is asked for, of whom, and what became of it are messages with streams of their own.  The text
is in no event: what the team has written may name somebody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused


@dataclass(frozen=True, slots=True)
class Segment:
    """Which contacts of a fair a campaign goes to: those of its exhibitors to whom all that is said
    here applies.  Where a session alone is named, everybody with a seat in it."""

    pole_id: str | None = None
    province: str | None = None
    kind: str | None = None
    programme_id: str | None = None
    family: str | None = None
    without_booth: bool = False
    session_id: str | None = None

    @property
    def of_exhibitors(self) -> bool:
        """Whether it holds contacts of exhibitors alone."""
        said = (self.pole_id, self.province, self.kind, self.programme_id, self.family)
        return self.session_id is None or self.without_booth or any(said)


# Events


@dataclass(frozen=True, slots=True)
class CampaignDrafted:
    """The team has written a message to many; `until` is when it is worth telling no more."""

    campaign_id: str
    fair_id: str
    code: str
    segment: Segment
    languages: tuple[str, ...]
    text_hash: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CampaignStarted:
    """Its messages are asked for from now on."""

    campaign_id: str
    fair_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class CampaignPaused:
    """No message of it is asked for or sent for now."""

    campaign_id: str
    fair_id: str


@dataclass(frozen=True, slots=True)
class CampaignResumed:
    """Its messages are asked for and sent again."""

    campaign_id: str
    fair_id: str


@dataclass(frozen=True, slots=True)
class CampaignStopped:
    """No message of it is asked for or sent any more."""

    campaign_id: str
    fair_id: str


@dataclass(frozen=True, slots=True)
class CampaignFinished:
    """Each of its messages was handed to a network, or will not be."""

    campaign_id: str
    fair_id: str
    recipients: int


Event: TypeAlias = (
    CampaignDrafted
    | CampaignStarted
    | CampaignPaused
    | CampaignResumed
    | CampaignStopped
    | CampaignFinished
)


# Commands


@dataclass(frozen=True, slots=True)
class DraftCampaign:
    """Write a message to many."""

    drafted: CampaignDrafted


@dataclass(frozen=True, slots=True)
class StartCampaign:
    """Send it; `until` is when it is worth telling no more where its draft does not say."""

    campaign_id: str
    now: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class PauseCampaign:
    """Ask for no more and send no more for now."""

    campaign_id: str


@dataclass(frozen=True, slots=True)
class ResumeCampaign:
    """Go on."""

    campaign_id: str


@dataclass(frozen=True, slots=True)
class StopCampaign:
    """Ask for no more and send no more."""

    campaign_id: str


@dataclass(frozen=True, slots=True)
class FinishCampaign:
    """Record that all is done, for so many contacts, unless it was held or stopped meanwhile."""

    campaign_id: str
    recipients: int


Command: TypeAlias = (
    DraftCampaign | StartCampaign | PauseCampaign | ResumeCampaign | StopCampaign | FinishCampaign
)


# State


class CampaignState(StrEnum):
    """How far a campaign has come; the last two end it."""

    DRAFTED = "drafted"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"


@dataclass(slots=True)
class Campaign:
    """A campaign; it has no state until it is drafted."""

    state: CampaignState | None = None
    fair_id: str = ""
    until: datetime | None = None


# Decisions


def decide(command: Command, campaign: Campaign) -> list[Event]:
    """Raises Refused for what was not drafted, and where its state does not allow it."""
    state, fair = campaign.state, campaign.fair_id
    match command:
        case DraftCampaign(drafted):
            # The id is made of the request: it is the same one.
            return [drafted] if state is None else []
        case _ if state is None:
            raise Refused("campaign_unknown", campaign=command.campaign_id)
        case StartCampaign(campaign_id) if state is CampaignState.DRAFTED:
            until = campaign.until or command.until
            if until <= command.now:
                raise Refused("campaign_too_late", until=until.isoformat())
            return [CampaignStarted(campaign_id, fair, until)]
        case StartCampaign():
            return _already(campaign, CampaignState.RUNNING)
        case PauseCampaign(campaign_id) if state is CampaignState.RUNNING:
            return [CampaignPaused(campaign_id, fair)]
        case PauseCampaign():
            return _already(campaign, CampaignState.PAUSED)
        case ResumeCampaign(campaign_id) if state is CampaignState.PAUSED:
            return [CampaignResumed(campaign_id, fair)]
        case ResumeCampaign():
            return _already(campaign, CampaignState.RUNNING)
        case StopCampaign(campaign_id) if state not in ENDED:
            return [CampaignStopped(campaign_id, fair)]
        case StopCampaign():
            return _already(campaign, CampaignState.STOPPED)
        case FinishCampaign(campaign_id, recipients):
            if state is not CampaignState.RUNNING:
                return []
            return [CampaignFinished(campaign_id, fair, recipients)]


ENDED = (CampaignState.STOPPED, CampaignState.FINISHED)


def _already(campaign: Campaign, wanted: CampaignState) -> list[Event]:
    """Nothing to do where it is so already.  Raises Refused where it cannot be."""
    if campaign.state is wanted:
        return []
    raise Refused("campaign_state", state=str(campaign.state))


def evolve(campaign: Campaign, event: Event) -> Campaign:
    match event:
        case CampaignDrafted(fair_id=fair, until=until):
            campaign.state, campaign.fair_id = CampaignState.DRAFTED, fair
            campaign.until = until
        case CampaignStarted() | CampaignResumed():
            campaign.state = CampaignState.RUNNING
        case CampaignPaused():
            campaign.state = CampaignState.PAUSED
        case CampaignStopped():
            campaign.state = CampaignState.STOPPED
        case CampaignFinished():
            campaign.state = CampaignState.FINISHED
    return campaign


DECIDER = Decider("campaign", Campaign, decide, evolve)


def campaign_stream(campaign_id: str) -> Stream[Command, Campaign, Event]:
    """The stream of one campaign."""
    return DECIDER.stream(campaign_id)
