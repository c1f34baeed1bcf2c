"""Notifications, put together."""

from __future__ import annotations

import time
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import structlog
from maarid_contracts import notifications, registration
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from chassis.definition.projection import combined
from chassis.definition.runtime import Runtime
from chassis.definition.service import EventSourced, Records, ServiceDefinition, subscriptions_of
from chassis.log.event_types import EventTypes
from chassis.process.settings import ServiceSettings
from services.notifications.codes import rows as code_rows
from services.notifications.codes.handlers import to_send
from services.notifications.codes.http import router as codes_router
from services.notifications.codes.keys import CodeKeys, CodeKeysError, read_keys
from services.notifications.codes.workers import forget_codes
from services.notifications.contacts import policies as contact_policies, rows as contact_rows
from services.notifications.fairs import read as fairs
from services.notifications.messages import (
    domain as message,
    http as messages_http,
    policies as message_policies,
    read as messages,
)
from services.notifications.messages.contracts import EVENTS
from services.notifications.messages.workers.dispatcher import MessageDispatcher
from services.notifications.messages.workers.fanout import request_many
from services.notifications.networks import http as networks_http
from services.notifications.networks.rows import TEXTS, PocketPhone
from services.notifications.reminders import policies as reminder_policies
from services.notifications.reminders.rows import REMINDER
from services.notifications.workshops import read as workshops

log = structlog.get_logger(__name__)


class Settings(ServiceSettings):
    code_keys_file: Path | None = Field(default=None, validate_default=True)
    """The keys of which codes are made; in development a process without them makes its own."""
    codes_an_hour: int = Field(default=250, ge=1)
    codes_per_fair: int = Field(default=100, ge=1)
    codes_per_address: int = Field(default=20, ge=1)
    codes_mad_a_day: Decimal = Field(default=Decimal(300), ge=0)
    code_segment_mad: Decimal = Field(default=Decimal("0.50"), ge=0)

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


def _report(error: CodeKeysError) -> None:
    log.warning("code_keys.unreadable", error=str(error), do="keep the file as it was")


PROJECTION = combined(fairs.PROJECTION, workshops.PROJECTION, messages.PROJECTION)
REACTIONS = (*message_policies.REACTIONS, *reminder_policies.REACTIONS, *contact_policies.REACTIONS)


async def send(runtime: Runtime) -> None:
    """The worker: sends every message to the pocket phone."""
    phone = PocketPhone(runtime.pool, runtime.clock)
    await MessageDispatcher(runtime, phone, asked_for=to_send).run()


def definition() -> ServiceDefinition:
    """What the chassis runs, rebuilds and audits."""
    return ServiceDefinition(
        name="notifications",
        package=Path(__file__).parent,
        routers=(messages_http.router, networks_http.router, codes_router),
        event_sourced=EventSourced(
            topic=notifications.TOPIC,
            deciders=(message.DECIDER,),
            event_types=EventTypes(EVENTS),
            timers={REMINDER: reminder_policies.remind},
        ),
        projection=PROJECTION,
        subscriptions=subscriptions_of(PROJECTION, REACTIONS),
        records=(
            Records(registration.CONTACTS_TOPIC, registration.ContactRecordV1, contact_rows.apply),
        ),
        personal=(contact_rows.COPIES, TEXTS, code_rows.CODES),
        workers=(send, request_many, forget_codes),
        settings=Settings,
    )
