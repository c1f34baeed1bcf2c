"""Scheduling, put together."""

from __future__ import annotations

from pathlib import Path

from maarid_contracts import registration, scheduling

from chassis.blueprint import Blueprint, Hears
from chassis.decider import Decider
from services.scheduling import api, policies
from services.scheduling.domain import floor, programme
from services.scheduling.domain.refused import Refused
from services.scheduling.names import NAMES
from services.scheduling.projection import PROJECTION
from services.scheduling.translate import translate


def blueprint() -> Blueprint:
    """What the chassis runs, rebuilds and audits."""
    return Blueprint(
        name="scheduling",
        topic=scheduling.TOPIC,
        package=Path(__file__).parent,
        deciders=(
            Decider("floor", floor.initial, floor.decide, floor.evolve),
            Decider("programme", programme.initial, programme.decide, programme.evolve),
        ),
        refused=Refused,
        names=NAMES,
        translate=translate,
        projection=PROJECTION,
        hears=(
            Hears(
                topic=registration.TOPIC,
                contracts=(
                    registration.FairAnnouncedV1,
                    registration.FairChangedV1,
                    registration.FairCancelledV1,
                    registration.ExhibitorRegisteredV1,
                    registration.ExhibitorWithdrawnV1,
                ),
                policies={
                    registration.FairCancelledV1: (policies.cancel_sessions,),
                    registration.ExhibitorWithdrawnV1: (policies.release_booths,),
                },
            ),
        ),
        workers=(policies.release_late_arrivals, policies.cancel_late_sessions),
        router=api.router,
    )
