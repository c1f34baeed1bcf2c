"""Notifications, put together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from maarid_contracts import Contract, notifications, registration, scheduling, ticketing
from maarid_contracts.registration import ContactRecordV1

from chassis.definition.projection import combined
from chassis.definition.runtime import Runtime
from chassis.definition.service import (
    EventSourced,
    Policy,
    Records,
    ServiceDefinition,
    Subscription,
)
from chassis.log.event_types import EventTypes
from services.notifications.contacts import policies as contact_policies
from services.notifications.contacts import rows as contact_rows
from services.notifications.fairs import read as fairs
from services.notifications.messages import domain as message
from services.notifications.messages import http as messages_http
from services.notifications.messages import policies as message_policies
from services.notifications.messages import read as messages
from services.notifications.messages.contracts import EVENTS
from services.notifications.messages.workers import fanout
from services.notifications.messages.workers.dispatcher import MessageDispatcher
from services.notifications.networks import http as networks_http
from services.notifications.networks.rows import PocketPhone
from services.notifications.reminders import policies as reminder_policies
from services.notifications.reminders.rows import REMINDER
from services.notifications.workshops import read as workshops

PROJECTED: tuple[type[Contract], ...] = (*fairs.PROJECTED, *workshops.PROJECTED)
POLICIES: tuple[tuple[type[Contract], Policy], ...] = (
    *message_policies.POLICIES,
    *reminder_policies.POLICIES,
    *contact_policies.POLICIES,
)


async def send(runtime: Runtime) -> None:
    """The worker: sends every message to the pocket phone."""
    await MessageDispatcher(runtime, PocketPhone(runtime.pool, runtime.clock)).run()


async def request_many(runtime: Runtime) -> None:
    """The worker: requests the messages of events that concern many."""
    await fanout.run(runtime)


def subscriptions() -> Sequence[Subscription]:
    """The topics of all events that a table or a policy needs."""
    does: dict[type[Contract], list[Policy]] = {contract: [] for contract in PROJECTED}
    for contract, policy in POLICIES:
        does.setdefault(contract, []).append(policy)
    of_topic: dict[str, list[type[Contract]]] = defaultdict(list)
    for contract in does:
        of_topic[contract.topic].append(contract)
    return [
        Subscription(
            topic,
            tuple(of_topic[topic]),
            {contract: tuple(does[contract]) for contract in of_topic[topic] if does[contract]},
        )
        for topic in (registration.TOPIC, scheduling.TOPIC, ticketing.TOPIC)
    ]


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
        projection=combined(fairs.PROJECTION, workshops.PROJECTION, messages.PROJECTION),
        subscriptions=subscriptions(),
        records=(Records(registration.CONTACTS_TOPIC, ContactRecordV1, contact_rows.apply),),
        workers=(send, request_many),
    )
