"""What notifications says: the way of each message, from requested to delivered or failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import AwareDatetime, Field

from maarid_contracts.envelope import Code, Contract, Id, LanguageTag, Part, Slug, added_in

TOPIC = "notifications.events.v1"


class About(Part):
    """Something that a message asks its contact for, whose service waits for the delivery."""

    kind: Code = Field(
        description="What it is; further kinds may be added.", examples=["place_offer"]
    )
    id: Id


class NotificationsContract(Contract):
    topic: ClassVar[str] = TOPIC


class MessageRequestedV1(NotificationsContract):
    """A contact is to be told something.  The text is made from the template when it is sent."""

    message_id: Id
    fair_id: Slug | None = None
    contact_id: Id = Field(
        description="Of the template `code` it is the message's own id: the number that somebody"
        " says is theirs may be nobody's that is known."
    )
    template: Code = Field(examples=["booth_assigned", "code"])
    arguments: Mapping[str, str] = Field(
        default_factory=dict, description="What the template is filled with; never personal data."
    )
    about: About | None = added_in(
        "1.2.0", default=None, description="What it asks for, if it asks for something."
    )


class MessageSentV1(NotificationsContract):
    """A message was handed to the network: once on each rung of its ladder, in their order."""

    message_id: Id
    channel: Code = Field(examples=["sms", "whatsapp"])
    language: LanguageTag = Field(description="The language in which it was written in the end.")
    segments: int = Field(ge=1, description="SMS segments; 1 on WhatsApp.")
    rung: int = added_in(
        "1.3.0", default=1, ge=1, description="Which channel of the message's ladder, from 1."
    )


class MessageAttemptFailedV1(NotificationsContract):
    """A message will not arrive on this rung of its ladder; it is tried on the next, if any is
    left, and else fails."""

    since: ClassVar[str] = "1.3.0"

    message_id: Id
    channel: Code = Field(examples=["sms", "whatsapp"])
    reason: Code = Field(examples=["no_whatsapp", "unreachable_number", "no_receipt"])
    rung: int = Field(ge=1, description="Which channel of the message's ladder, from 1.")


class MessageDeliveredV1(NotificationsContract):
    """The network says that the message reached the phone, or the team that it told the contact of
    it by telephone."""

    message_id: Id
    about: About | None = added_in(
        "1.2.0", default=None, description="What it asks for, if it asks for something."
    )


class MessageReadV1(NotificationsContract):
    """The network says that a message was opened on the phone.  Not every channel tells so."""

    since: ClassVar[str] = "1.3.0"

    message_id: Id


class MessageFailedV1(NotificationsContract):
    """A message will not reach its contact."""

    message_id: Id
    reason: Code = Field(
        description="Further ones may be added.",
        examples=[
            *("no_consent", "contact_erased", "undeliverable", "unreachable_number", "no_receipt"),
            *("no_network", "opted_out", "too_late", "superseded", "campaign_stopped"),
        ],
    )
    about: About | None = added_in(
        "1.2.0", default=None, description="What it asks for, if it asks for something."
    )


class AnswerReceivedV1(NotificationsContract):
    """A contact has answered what a message asked.  The first answer counts, and only a clear one;
    neither its text nor the number that it came from is kept."""

    since: ClassVar[str] = "1.3.0"

    message_id: Id
    contact_id: Id
    about: About
    answer: Code = Field(description="Further ones may be added.", examples=["accept", "decline"])


class ContactOptedOutV1(NotificationsContract):
    """A contact wants no more messages: it wrote STOP, or pressed it on the page of a link.  What a
    person asks for at this moment, as a code, is sent nevertheless."""

    since: ClassVar[str] = "1.3.0"

    contact_id: Id
    way: Code = Field(
        description="How it was said; further ones may be added.", examples=["whatsapp", "link"]
    )


class CampaignSegment(Part):
    """Which contacts of a fair a campaign goes to: those of its exhibitors to whom all that is said
    here applies.  Where a session alone is named, everybody with a seat in it."""

    pole_id: Slug | None = None
    province: Slug | None = None
    kind: Code | None = Field(default=None, examples=["cooperative"])
    programme_id: Slug | None = None
    family: Code | None = Field(default=None, examples=["olive_oil"])
    without_booth: bool = Field(default=False, description="Those who hold no booth.")
    session_id: Id | None = Field(default=None, description="Those with a seat in it.")


class CampaignContract(NotificationsContract):
    since: ClassVar[str] = "1.3.0"

    campaign_id: Id
    fair_id: Slug


class CampaignDraftedV1(CampaignContract):
    """The organising team has written a message to many.  No event says its text."""

    code: Code = Field(description="What the team calls it.", examples=["bring_your_badges"])
    segment: CampaignSegment
    languages: tuple[LanguageTag, ...]
    text_hash: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 of its texts, as JSON of the texts by language in their order.",
        examples=["9f86d081884c7d659a2feaa0c55ad015" * 2],
    )
    until: AwareDatetime | None = Field(
        default=None, description="When it is worth telling no more; null: some days."
    )


class CampaignStartedV1(CampaignContract):
    """Its messages are asked for from now on, until all of them are."""

    until: AwareDatetime = Field(description="When it is worth telling no more.")


class CampaignPausedV1(CampaignContract):
    """No message of it is asked for or sent for now."""


class CampaignResumedV1(CampaignContract):
    """Its messages are asked for and sent again."""


class CampaignStoppedV1(CampaignContract):
    """No message of it is asked for or sent any more."""


class CampaignFinishedV1(CampaignContract):
    """Each of its messages was handed to a network, or will not be."""

    recipients: int = Field(ge=0, description="To how many contacts it went, or was to go.")


class CallNotedV1(NotificationsContract):
    """The team has called a contact whom a message did not reach, or who had asked for a call.
    Where the message waits to be delivered and the contact was told, `MessageDelivered` follows."""

    since: ClassVar[str] = "1.3.0"

    message_id: Id
    outcome: Code = Field(
        description="Further ones may be added.",
        examples=["reached", "no_answer", "wrong_number", "declined"],
    )
    about: About | None = Field(
        default=None, description="What the message asks for, if it asks for something."
    )


EVENTS: tuple[type[Contract], ...] = (
    MessageRequestedV1,
    MessageSentV1,
    MessageAttemptFailedV1,
    MessageDeliveredV1,
    MessageReadV1,
    MessageFailedV1,
    AnswerReceivedV1,
    ContactOptedOutV1,
    CampaignDraftedV1,
    CampaignStartedV1,
    CampaignPausedV1,
    CampaignResumedV1,
    CampaignStoppedV1,
    CampaignFinishedV1,
    CallNotedV1,
)
