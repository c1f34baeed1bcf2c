"""Notifications, put together."""

from __future__ import annotations

from pathlib import Path

from maarid_contracts import notifications, registration

from chassis.definition.projection import combined
from chassis.definition.runtime import Runtime
from chassis.definition.service import EventSourced, Records, ServiceDefinition, subscriptions_of
from chassis.log.event_types import EventTypes
from chassis.process.tasks import run_together
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
from services.notifications.networks.handlers import networks_from
from services.notifications.networks.rows import TEXTS, PocketPhone
from services.notifications.networks.workers import keep_accounts
from services.notifications.reminders import policies as reminder_policies
from services.notifications.reminders.rows import REMINDER
from services.notifications.replies import read as replies
from services.notifications.replies.contracts import EVENTS as REPLY_EVENTS
from services.notifications.replies.domain import DECIDER as CONTACT
from services.notifications.replies.http import hooks as hooks_http, links as links_http
from services.notifications.replies.rows import answers, inbox
from services.notifications.replies.workers import read_inbox
from services.notifications.settings import Settings
from services.notifications.workshops import read as workshops

PROJECTION = combined(
    fairs.PROJECTION, workshops.PROJECTION, messages.PROJECTION, replies.PROJECTION
)
REACTIONS = (*message_policies.REACTIONS, *reminder_policies.REACTIONS, *contact_policies.REACTIONS)


async def send(runtime: Runtime) -> None:
    """The worker: sends every message to the pocket phone, and keeps the sessions of networks."""
    networks = networks_from(runtime.settings)
    dispatcher = MessageDispatcher(runtime, PocketPhone(runtime.pool, runtime.clock))
    try:
        await run_together(dispatcher.run(), keep_accounts(runtime.pool, networks, inbox.put))
    finally:
        for network in networks:
            await network.close()


def definition() -> ServiceDefinition:
    """What the chassis runs, rebuilds and audits."""
    return ServiceDefinition(
        name="notifications",
        package=Path(__file__).parent,
        routers=(messages_http.router, networks_http.router, hooks_http.router, links_http.router),
        event_sourced=EventSourced(
            topic=notifications.TOPIC,
            deciders=(message.DECIDER, CONTACT),
            event_types=EventTypes((*EVENTS, *REPLY_EVENTS)),
            timers={REMINDER: reminder_policies.remind},
        ),
        projection=PROJECTION,
        subscriptions=subscriptions_of(PROJECTION, REACTIONS),
        records=(
            Records(registration.CONTACTS_TOPIC, registration.ContactRecordV1, contact_rows.apply),
        ),
        personal=(contact_rows.COPIES, TEXTS, inbox.TEXTS, answers.TEXTS),
        workers=(send, request_many, read_inbox),
        settings=Settings,
    )
