"""Ticketing, put together."""

from __future__ import annotations

from pathlib import Path

from maarid_contracts import registration, scheduling, ticketing

from chassis.blueprint import Blueprint, Hears
from chassis.decider import Decider
from services.ticketing import policies
from services.ticketing.api import router
from services.ticketing.domain import ticket, workshop
from services.ticketing.domain.refused import Refused
from services.ticketing.names import NAMES
from services.ticketing.projection import PROJECTION
from services.ticketing.translate import translate


def blueprint() -> Blueprint:
    return Blueprint(
        name="ticketing",
        topic=ticketing.TOPIC,
        package=Path(__file__).parent,
        deciders=(
            Decider("workshop", workshop.initial, workshop.decide, workshop.evolve),
            Decider("ticket", ticket.initial, ticket.decide, ticket.evolve),
        ),
        refused=Refused,
        names=NAMES,
        translate=translate,
        projection=PROJECTION,
        router=router,
        hears=(
            Hears(
                topic=registration.TOPIC,
                contracts=(
                    registration.FairAnnouncedV1,
                    registration.FairChangedV1,
                    registration.FairCancelledV1,
                    registration.ContactAddedV1,
                    registration.ContactErasedV1,
                ),
                policies={registration.FairCancelledV1: (policies.close_workshops,)},
            ),
            Hears(
                topic=scheduling.TOPIC,
                contracts=(
                    scheduling.SessionScheduledV1,
                    scheduling.SessionRescheduledV1,
                    scheduling.SessionCancelledV1,
                ),
                policies={
                    scheduling.SessionScheduledV1: (policies.open_for_reservation,),
                    scheduling.SessionRescheduledV1: (policies.follow_move,),
                    scheduling.SessionCancelledV1: (policies.follow_cancellation,),
                },
            ),
        ),
    )
