"""The programme is made, workshop seats run out, and some give theirs back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from uuid import uuid5

from scenarios.acts import seats, telephone, timetable
from scenarios.acts.call import text
from scenarios.cast import Course, Organisation, SeatWish
from scenarios.client import NotFound
from scenarios.model import Hall
from scenarios.programme import PlannedSession, programme
from scenarios.report import Phase
from scenarios.settling import settle
from scenarios.stage import Stage

SCHEDULED_DAYS = 12
RESERVED_DAYS = 7
GIVEN_BACK_DAYS = 4


async def play(stage: Stage) -> None:
    """Ends when seats that were given back have gone to whoever waited for them."""
    await _schedule(stage)
    await seats.set_rules(stage)
    await _reserve(stage)
    await seats.answer(stage)
    await _mind_contacts(stage)


async def _schedule(stage: Stage) -> None:
    await stage.days_before(SCHEDULED_DAYS, time(10))
    planned = programme(stage.scenario)
    total = len(stage.scenario.halls) + len(planned)

    async def open_hall(hall: Hall) -> None:
        body = {"hall_id": hall.hall_id, "name": text(hall.name), "capacity": hall.capacity}
        await stage.client.post(
            "scheduling", f"{stage.fair}/halls", body, step=f"hall/{hall.hall_id}"
        )

    async def schedule(session: PlannedSession) -> None:
        made = await stage.client.post(
            "scheduling",
            f"{stage.fair}/sessions",
            _session(stage, session),
            step=f"session/{session.key}",
        )
        stage.sessions[session.key] = made["session_id"]

    done = await stage.for_each(Phase.SCHEDULE, stage.scenario.halls, open_hall, total=total)
    if await _by_draft(stage, planned):
        stage.progress(Phase.SCHEDULE, total, total)
    else:
        await stage.for_each(Phase.SCHEDULE, planned, schedule, before=done, total=total)
    await settle(stage.client)


async def _by_draft(stage: Stage, planned: Sequence[PlannedSession]) -> bool:
    """Whether the programme was drafted and published as a whole."""
    if stage.scenario.timetable is None or stage.by_hand:
        return False
    try:
        await timetable.publish_rules(stage, stage.scenario.timetable)
    except NotFound:
        return False  # A version that was gone back to schedules session by session.
    await timetable.publish(stage, planned, step="programme")
    return True


def _session(stage: Stage, planned: PlannedSession) -> dict[str, object]:
    session = planned.session
    experts = stage.organisations[stage.cast.experts.key].contact_ids
    return {
        "kind": session.kind,
        "title": text(session.title),
        "topic_code": session.topic,
        "hall_id": planned.slot.hall,
        "speakers": [experts[expert] for expert in planned.experts],
        "language": session.language,
        "audience": session.audience,
        "starts_at": planned.slot.starts_at.isoformat(),
        "ends_at": planned.slot.ends_at.isoformat(),
        "seats": session.seats,
    }


async def _reserve(stage: Stage) -> None:
    async def reserve(wish: SeatWish) -> None:
        # A visitor is not known by name: the id stands for whoever will sit there.
        attendee_id = str(uuid5(stage.client.run, f"{stage.fair}/visitor/{wish.key}"))
        body: dict[str, str] = {"attendee_id": attendee_id}
        if wish.organisation is not None:
            contact_id = stage.organisations[wish.organisation].contact_ids[0]
            body = {"attendee_id": contact_id, "contact_id": contact_id}
        made = await stage.client.post(
            "ticketing",
            f"/workshops/{stage.sessions[wish.session]}/seats",
            body,
            step=f"seat/{wish.key}",
            role="service",
        )
        stage.seats[wish.key] = made["seat_id"]

    async def give_back(wish: SeatWish) -> None:
        await stage.client.post(
            "ticketing",
            f"/workshops/{stage.sessions[wish.session]}/seats/{stage.seats[wish.key]}/cancel",
            {"reason": "cancelled_by_attendee"},
            step=f"give-back/{wish.key}",
            role="service",
        )

    wishes = stage.cast.wishes
    giving_back = [wish for wish in wishes if wish.gives_back]
    total = len(wishes) + len(giving_back)
    await stage.days_before(RESERVED_DAYS, time(9))
    done = await stage.for_each(Phase.RESERVE, wishes, reserve, total=total)
    await settle(stage.client)
    await stage.days_before(GIVEN_BACK_DAYS, time(9))
    await stage.for_each(Phase.RESERVE, giving_back, give_back, before=done, total=total)
    await settle(stage.client)


async def _mind_contacts(stage: Stage) -> None:
    """Law 09-08: one contact is corrected, one wants no more messages, one is erased.

    Two more write back: one wants no more messages either, and one wants to be called.
    """
    corrected, silenced, erased, *writing = _some_contacts(stage)
    stage.progress(Phase.CONTACTS, 0, 4)
    contact, contact_id = corrected.contacts[0], _contact_id(stage, corrected)
    body = {
        "name": contact.name,
        "phone": contact.phone,
        "language": contact.second_language,
        "second_language": contact.language,
        "channel": contact.channel,
    }
    await stage.client.put("registration", f"/contacts/{contact_id}", body, step="correct")
    stage.progress(Phase.CONTACTS, 1, 4)
    await stage.client.post(
        "registration",
        f"/contacts/{_contact_id(stage, silenced)}/consent",
        {"consent": False},
        step="silence",
    )
    stage.progress(Phase.CONTACTS, 2, 4)
    await stage.client.delete(
        "registration", f"/contacts/{_contact_id(stage, erased)}", step="erase"
    )
    stage.progress(Phase.CONTACTS, 3, 4)
    if await telephone.is_kept(stage):
        stopping, asking = (_contact_id(stage, each) for each in writing)
        await telephone.write_back(stage, stopping, telephone.STOP, step="stop")
        await telephone.write_back(stage, asking, telephone.CALL_ME, step="call-me")
        await telephone.call(stage)
    await settle(stage.client)
    stage.progress(Phase.CONTACTS, 4, 4)


def _some_contacts(stage: Stage) -> list[Organisation]:
    """Of those who agreed to messages, and of whom no report speaks."""
    able = [
        organisation
        for organisation, application in stage.applying()
        if application.course is Course.ACCEPTED
        and not application.featured
        and organisation.contacts[0].consent
    ]
    return able[:5]


def _contact_id(stage: Stage, organisation: Organisation) -> str:
    return stage.organisations[organisation.key].contact_ids[0]
