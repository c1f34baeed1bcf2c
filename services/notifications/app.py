"""Notifications, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from maarid_contracts import Contract, notifications, registration, scheduling, ticketing
from maarid_contracts.registration import (
    ApplicationRejectedV1,
    ApplicationSubmittedV1,
    ApplicationWaitlistedV1,
    ApplicationWithdrawnV1,
    ContactErasedV1,
    ContactRecordV1,
    ExhibitorRegisteredV1,
    ExhibitorWithdrawnV1,
    FairAnnouncedV1,
    FairCancelledV1,
    FairChangedV1,
)
from maarid_contracts.scheduling import BoothAssignedV1, BoothReleasedV1, HallOpenedV1
from maarid_contracts.ticketing import (
    SeatReleasedV1,
    SeatReservedV1,
    SeatWaitlistedV1,
    WorkshopMovedV1,
    WorkshopOpenedV1,
)

from chassis.blueprint import Blueprint, Hears, Policy, Records
from chassis.decider import Decider
from chassis.runtime import Runtime
from services.notifications import api, contacts, fanout, policies, reminders
from services.notifications.domain import message
from services.notifications.domain.refused import Refused
from services.notifications.names import NAMES
from services.notifications.phone import PocketPhone
from services.notifications.projection import PROJECTION
from services.notifications.sender import Outbox
from services.notifications.translate import translate


async def send(runtime: Runtime) -> None:
    """The worker: every message goes to the pocket phone."""
    await Outbox(runtime, PocketPhone(runtime.pool, runtime.clock)).run()


async def tell_many(runtime: Runtime) -> None:
    """The worker: asks for the messages of what concerns many."""
    await fanout.run(runtime)


def _hears(topic: str, policies: Mapping[type[Contract], Sequence[Policy]]) -> Hears:
    """What we hear on a topic, and what we do about it; nothing means that tables alone need it."""
    return Hears(topic, tuple(policies), {c: does for c, does in policies.items() if does})


def blueprint() -> Blueprint:
    return Blueprint(
        name="notifications",
        topic=notifications.TOPIC,
        package=Path(__file__).parent,
        deciders=(Decider(message.CATEGORY, message.initial, message.decide, message.evolve),),
        refused=Refused,
        names=NAMES,
        translate=translate,
        projection=PROJECTION,
        router=api.router,
        hears=(
            _hears(
                registration.TOPIC,
                {
                    FairAnnouncedV1: (policies.look_again, policies.set_waiting_reminders),
                    FairChangedV1: (
                        policies.look_again,
                        policies.follow_zone,
                        policies.tell_of_change,
                    ),
                    FairCancelledV1: (policies.tell_of_cancellation,),
                    ApplicationSubmittedV1: (policies.tell,),
                    ExhibitorRegisteredV1: (policies.tell,),
                    ApplicationWaitlistedV1: (policies.tell,),
                    ApplicationRejectedV1: (policies.tell,),
                    ApplicationWithdrawnV1: (policies.tell,),
                    ExhibitorWithdrawnV1: (policies.tell,),
                    ContactErasedV1: (policies.forget,),
                },
            ),
            _hears(
                scheduling.TOPIC,
                {
                    HallOpenedV1: (policies.look_again,),
                    BoothAssignedV1: (policies.tell,),
                    BoothReleasedV1: (policies.tell,),
                },
            ),
            _hears(
                ticketing.TOPIC,
                {
                    WorkshopOpenedV1: (),
                    WorkshopMovedV1: (policies.tell_of_move, policies.move_reminders),
                    SeatReservedV1: (policies.tell, policies.remind_of_seat),
                    SeatWaitlistedV1: (policies.tell,),
                    SeatReleasedV1: (policies.tell, policies.cancel_reminder),
                },
            ),
        ),
        records=(Records(registration.CONTACTS_TOPIC, ContactRecordV1, contacts.apply),),
        timers={reminders.REMINDER: policies.remind},
        workers=(send, tell_many),
    )
