"""Notifications, put together."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property, partial
from pathlib import Path
from typing import Self
from uuid import UUID

import structlog
from maarid_contracts import notifications, registration
from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from chassis.definition.projection import combined
from chassis.definition.runtime import Runtime
from chassis.definition.service import EventSourced, Records, ServiceDefinition, subscriptions_of
from chassis.log.event_types import EventTypes
from chassis.process.tasks import run_together
from services.notifications.calls import read as calls, rows as call_rows
from services.notifications.calls.http import router as calls_router
from services.notifications.campaigns import read as campaigns
from services.notifications.campaigns.contracts import EVENTS as CAMPAIGN_EVENTS
from services.notifications.campaigns.domain import DECIDER as CAMPAIGN
from services.notifications.campaigns.handlers import to_tell
from services.notifications.campaigns.http import router as campaigns_router
from services.notifications.campaigns.rows.texts import TEXTS as CAMPAIGN_TEXTS
from services.notifications.campaigns.workers import ask_for_campaigns, forget_texts
from services.notifications.codes import rows as code_rows
from services.notifications.codes.handlers import to_send
from services.notifications.codes.http import router as codes_router
from services.notifications.codes.keys import CodeKeys, CodeKeysError, read_keys
from services.notifications.codes.workers import forget_codes
from services.notifications.contacts import policies as contact_policies, rows as contact_rows
from services.notifications.exhibitors import read as exhibitors
from services.notifications.fairs import read as fairs
from services.notifications.messages import (
    domain as message,
    http as messages_http,
    policies as message_policies,
    read as messages,
)
from services.notifications.messages.completeness import lacking
from services.notifications.messages.contracts import EVENTS
from services.notifications.messages.handlers import RECEIPT, hear_pocket, miss_receipt
from services.notifications.messages.resting import FORM, quiet_hours_in
from services.notifications.messages.rows import channels
from services.notifications.messages.whatsapp import (
    PENDING,
    Approvals,
    ApprovalsError,
    read_approvals,
)
from services.notifications.messages.workers.dispatcher import MessageDispatcher
from services.notifications.messages.workers.fanout import request_many
from services.notifications.networks import http as networks_http
from services.notifications.networks.carriers import Carriers
from services.notifications.networks.handlers import (
    TWILIO_SMS,
    TWILIO_WHATSAPP,
    WHATSAPP,
    makers_of,
)
from services.notifications.networks.mischief import Mischief
from services.notifications.networks.routing import LADDER, RoutesError, read_ladder, read_routes
from services.notifications.networks.rows import POCKET_RECEIPT, TEXTS, Played, PocketPhone
from services.notifications.networks.smpp import Smpp
from services.notifications.networks.workers import keep_accounts
from services.notifications.reminders import policies as reminder_policies
from services.notifications.reminders.rows import REMINDER
from services.notifications.replies import read as replies
from services.notifications.replies.contracts import EVENTS as REPLY_EVENTS
from services.notifications.replies.domain import DECIDER as CONTACT
from services.notifications.replies.http import (
    answers as answers_http,
    hooks as hooks_http,
    links as links_http,
    phones as phones_http,
)
from services.notifications.replies.links import link_of
from services.notifications.replies.rows import answers, inbox
from services.notifications.replies.workers import read_inbox
from services.notifications.settings import AccountSettings
from services.notifications.workshops import read as workshops

PROJECTION = combined(
    *(fairs.PROJECTION, workshops.PROJECTION, exhibitors.PROJECTION, messages.PROJECTION),
    *(replies.PROJECTION, calls.PROJECTION, campaigns.PROJECTION),
)
REACTIONS = (*message_policies.REACTIONS, *reminder_policies.REACTIONS, *contact_policies.REACTIONS)


log = structlog.get_logger(__name__)

LINK_SECONDS = 14 * 86_400.0
"""How long a link works: longer than anybody is asked for anything."""
NETWORKS = (PocketPhone.name, Smpp.name, TWILIO_SMS, TWILIO_WHATSAPP, WHATSAPP)
"""The names of networks."""


class Settings(AccountSettings):
    """What carries messages, to whom, in which order and when."""

    networks: str = "pocket"
    """Which networks carry texts where, at what cost and how fast: `read_routes`."""
    ladder: str = ",".join(LADDER)
    """The channels in the order in which a message tries them."""
    pocket_seed: int | None = None
    """The pocket phone loses and delays by it; without one it delivers all at once."""
    quiet_hours: str = Field(
        default="21:00-08:00",
        pattern=f"^({FORM})$",
        description="When texts wait for the morning, by the clocks of the fair's town; or none.",
    )
    whatsapp_templates_file: Path = Field(
        default=PENDING,
        validate_default=True,
        description="What WhatsApp has said of each text; without a file of yours all are pending.",
    )

    code_keys_file: Path | None = Field(default=None, validate_default=True)
    """The keys of which codes are made; in development a process without them makes its own."""
    codes_an_hour: int = Field(default=250, ge=1)
    codes_per_fair: int = Field(default=100, ge=1)
    codes_per_address: int = Field(default=20, ge=1)
    codes_mad_a_day: Decimal = Field(default=Decimal(300), ge=0)
    code_segment_mad: Decimal = Field(default=Decimal("0.50"), ge=0)

    @field_validator("networks")
    @classmethod
    def holds_routes(cls, networks: str) -> str:
        """Raises PydanticCustomError, so that a service that cannot send does not start."""
        with _one_line():
            read_routes(networks, NETWORKS)
        return networks

    @field_validator("ladder")
    @classmethod
    def is_a_ladder(cls, ladder: str) -> str:
        with _one_line():
            read_ladder(ladder)
        return ladder

    @field_validator("whatsapp_templates_file")
    @classmethod
    def holds_states(cls, path: Path) -> Path:
        """Raises PydanticCustomError, so that a service with a wrong file does not start."""
        try:
            read_approvals(path)
        except ApprovalsError as error:
            raise PydanticCustomError("approvals", "{reason}", {"reason": str(error)}) from None
        return path

    @model_validator(mode="after")
    def has_accounts(self) -> Self:
        """Raises PydanticCustomError where a network is named whose account is not set."""
        there = {PocketPhone.name, *makers_of(self)}
        for route in read_routes(self.networks, NETWORKS):
            if route.network not in there:
                what = f"MAARID_NETWORKS: {route.network} has no account; set what it needs"
                raise PydanticCustomError("routes", "{what}", {"what": what})
        return self

    @field_validator("code_keys_file")
    @classmethod
    def holds_keys(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        """Raises PydanticCustomError, so that a service without keys does not start."""
        if path is None and info.data.get("environment") == "production":
            raise PydanticCustomError("missing", "is not set")
        try:
            if path is not None:
                read_keys(path)
        except CodeKeysError as error:
            raise PydanticCustomError("keys", "{reason}", {"reason": str(error)}) from None
        return path

    def model_post_init(self, context: object, /) -> None:
        """Read the keys now: a file that breaks later leaves them as they were."""
        super().model_post_init(context)
        self.code_keys.current()

    @cached_property
    def code_keys(self) -> CodeKeys:
        """The keys as the file has them now.  Raises CodeKeysError."""
        return CodeKeys(self.code_keys_file, time.monotonic, _report)

    @cached_property
    def approvals(self) -> Approvals:
        """The states as the file had them at the start.  Raises ApprovalsError."""
        return read_approvals(self.whatsapp_templates_file)


def _report(error: CodeKeysError) -> None:
    log.warning("code_keys.unreadable", error=str(error), do="keep the file as it was")


def _played(runtime: Runtime) -> Played | None:
    seed = runtime.settings.pocket_seed
    return None if seed is None else Played(Mischief(seed), runtime.timers)


@contextmanager
def _one_line() -> Generator[None]:
    try:
        yield
    except RoutesError as error:
        raise PydanticCustomError("routes", "{reason}", {"reason": str(error)}) from None


def carriers_of(runtime: Runtime) -> Carriers:
    """The networks that the settings of a running service name."""
    settings: Settings = runtime.settings
    routes = read_routes(settings.networks, NETWORKS)
    makers = {
        PocketPhone.name: lambda: PocketPhone(runtime.pool, runtime.clock, _played(runtime)),
        **makers_of(settings),
    }
    networks = [makers[name]() for name in dict.fromkeys(route.network for route in routes)]
    return Carriers(networks, routes, read_ladder(settings.ladder))


def link_to(settings: AccountSettings, message_id: UUID) -> str | None:
    """The link by which a message is answered; None where the settings name no secret or address
    for it."""
    if settings.public_url is None or settings.links_secret is None:
        return None
    until = time.time() + LINK_SECONDS
    return link_of(settings.public_url, settings.links_secret, str(message_id), until)


async def send(runtime: Runtime) -> None:
    """The worker: hands every message to the networks, and keeps their sessions.

    Where the log may have forgotten what was sent, nothing is sent until somebody says so.
    """
    carriers = carriers_of(runtime)
    if runtime.settings.trust_log:
        await channels.pause_all(runtime.pool, carriers.names, "log_trusted")
        log.warning("channels.paused", reason="log_trusted", do="maarid channels resume all")
    quiet = quiet_hours_in(runtime.settings.quiet_hours)
    approvals = runtime.settings.approvals
    dispatcher = MessageDispatcher(
        runtime,
        carriers,
        quiet=quiet,
        approvals=approvals,
        asked_for=to_send,
        campaigns=to_tell,
        link_to=partial(link_to, runtime.settings),
    )
    await run_together(dispatcher.run(), keep_accounts(runtime.pool, carriers.networks, inbox.put))


def definition() -> ServiceDefinition:
    """What the chassis runs, rebuilds and audits."""
    return ServiceDefinition(
        name="notifications",
        package=Path(__file__).parent,
        routers=(
            *(messages_http.router, networks_http.router, phones_http.router, codes_router),
            *(hooks_http.router, links_http.router, calls_router, answers_http.router),
            campaigns_router,
        ),
        event_sourced=EventSourced(
            topic=notifications.TOPIC,
            deciders=(message.DECIDER, CONTACT, CAMPAIGN),
            event_types=EventTypes((*EVENTS, *REPLY_EVENTS, *CAMPAIGN_EVENTS)),
            timers={
                REMINDER: reminder_policies.remind,
                RECEIPT: miss_receipt,
                POCKET_RECEIPT: hear_pocket,
            },
        ),
        projection=PROJECTION,
        subscriptions=subscriptions_of(PROJECTION, REACTIONS),
        records=(
            Records(registration.CONTACTS_TOPIC, registration.ContactRecordV1, contact_rows.apply),
        ),
        personal=(
            *(contact_rows.COPIES, TEXTS, code_rows.CODES, CAMPAIGN_TEXTS),
            *(inbox.TEXTS, answers.TEXTS, call_rows.NOTES),
        ),
        workers=(
            *(send, request_many, read_inbox, forget_codes),
            *(ask_for_campaigns, forget_texts),
        ),
        settings=Settings,
        lacking=lacking,
    )
