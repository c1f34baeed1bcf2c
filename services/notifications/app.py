"""Notifications, put together."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from maarid_contracts import notifications, registration
from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from chassis.definition.projection import combined
from chassis.definition.runtime import Runtime
from chassis.definition.service import EventSourced, Records, ServiceDefinition, subscriptions_of
from chassis.log.event_types import EventTypes
from chassis.process.settings import ServiceSettings
from services.notifications.contacts import policies as contact_policies, rows as contact_rows
from services.notifications.fairs import read as fairs
from services.notifications.messages import (
    domain as message,
    http as messages_http,
    policies as message_policies,
    read as messages,
)
from services.notifications.messages.completeness import lacking
from services.notifications.messages.contracts import EVENTS
from services.notifications.messages.resting import FORM, quiet_hours_in
from services.notifications.messages.whatsapp import (
    PENDING,
    Approvals,
    ApprovalsError,
    read_approvals,
)
from services.notifications.messages.workers.dispatcher import MessageDispatcher
from services.notifications.messages.workers.fanout import request_many
from services.notifications.networks import http as networks_http
from services.notifications.networks.rows import TEXTS, PocketPhone
from services.notifications.reminders import policies as reminder_policies
from services.notifications.reminders.rows import REMINDER
from services.notifications.workshops import read as workshops

PROJECTION = combined(fairs.PROJECTION, workshops.PROJECTION, messages.PROJECTION)
REACTIONS = (*message_policies.REACTIONS, *reminder_policies.REACTIONS, *contact_policies.REACTIONS)


class Settings(ServiceSettings):
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

    @field_validator("whatsapp_templates_file")
    @classmethod
    def holds_states(cls, path: Path) -> Path:
        """Raises PydanticCustomError, so that a service with a wrong file does not start."""
        try:
            read_approvals(path)
        except ApprovalsError as error:
            raise PydanticCustomError("approvals", "{reason}", {"reason": str(error)}) from None
        return path

    @cached_property
    def approvals(self) -> Approvals:
        """The states as the file had them at the start.  Raises ApprovalsError."""
        return read_approvals(self.whatsapp_templates_file)


async def send(runtime: Runtime) -> None:
    """The worker: sends every message to the pocket phone."""
    phone = PocketPhone(runtime.pool, runtime.clock)
    quiet = quiet_hours_in(runtime.settings.quiet_hours)
    await MessageDispatcher(runtime, phone, quiet=quiet).run()


def definition() -> ServiceDefinition:
    """What the chassis runs, rebuilds and audits."""
    return ServiceDefinition(
        name="notifications",
        package=Path(__file__).parent,
        routers=(messages_http.router, networks_http.router),
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
        personal=(contact_rows.COPIES, TEXTS),
        workers=(send, request_many),
        settings=Settings,
        lacking=lacking,
    )
