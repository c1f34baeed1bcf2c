"""The fair is announced, organisations become known and apply while the call is open."""

from __future__ import annotations

from contextlib import suppress
from datetime import time, timedelta

from scenarios.acts import lists
from scenarios.acts.ranking import publish_rules
from scenarios.cast import Application, Contact, Name, Organisation
from scenarios.client import Answer, NotFound, PlayError
from scenarios.generator import CALL_WEEKS
from scenarios.model import Text
from scenarios.report import Phase
from scenarios.settling import heard, settle
from scenarios.stage import Enrolled, Stage
from scenarios.words import Term, regions

ANNOUNCED_DAYS = 63
"""Days before the fair begins."""
OPENED_DAYS = 56
CLOSED_DAYS = OPENED_DAYS - 7 * CALL_WEEKS


async def play(stage: Stage) -> None:
    """Ends when the call has closed at its deadline."""
    await _announce(stage)
    await _enrol(stage)
    await _apply(stage)
    await stage.days_before(CLOSED_DAYS, time(18, 1))
    await settle(stage.client)
    fair = await stage.client.get("registration", stage.fair)
    if (fair["call_status"], fair["call_closed_because"]) != ("closed", "deadline"):
        raise PlayError(f"The call did not close at its deadline: it is {fair['call_status']}.")


async def _announce(stage: Stage) -> None:
    stage.progress(Phase.ANNOUNCE, 0, 1)
    await stage.days_before(ANNOUNCED_DAYS, time(9))
    with suppress(NotFound):  # An upgrade is played from a version that knew no families.
        await stage.client.post("registration", "/families/standard", None, step="families")
    scenario, fair = stage.scenario, stage.scenario.fair
    region = regions()[fair.region].name
    body = {
        "fair_id": scenario.fair_id,
        "edition": fair.edition,
        "name": text(fair.name),
        "region": text(region),
        "city": text(fair.city),
        "venue": text(fair.venue),
        "timezone": fair.timezone,
        "first_day": fair.first_day.isoformat(),
        "last_day": fair.last_day.isoformat(),
        "opens_at": fair.opens_at.isoformat(),
        "closes_at": fair.closes_at.isoformat(),
        "area_m2": fair.area_m2,
        "poles": [
            {
                "pole_id": pole.pole_id,
                "name": text(pole.name),
                "places": scenario.places(pole.pole_id),
            }
            for pole in scenario.poles
        ],
        "programmes": [
            {"programme_id": programme.programme_id, "name": text(programme.name)}
            for programme in scenario.programmes
        ],
    }
    await stage.client.post("registration", "/fairs", body, step="announce")
    await heard(stage.client)
    if not stage.by_hand:
        await publish_rules(stage)
    stage.progress(Phase.ANNOUNCE, 1, 1)


async def _enrol(stage: Stage) -> None:
    numbers = stage.register_numbers()

    async def enrol(organisation: Organisation) -> None:
        first, *others = organisation.contacts
        body = _organisation(organisation, first)
        if (number := numbers.get(organisation.key)) is not None:
            body["register_number"] = number
        if stage.by_rules and organisation.commune is not None:
            body["commune"] = organisation.commune
        made = await stage.client.post(
            "registration",
            "/organisations",
            body,
            step=f"enrol/{organisation.key}",
            role="service",
        )
        contact_ids = [made["contact_id"]]
        for at, contact in enumerate(others):
            added = await stage.client.post(
                "registration",
                f"/organisations/{made['organisation_id']}/contacts",
                _contact(contact),
                step=f"contact/{organisation.key}/{at}",
            )
            contact_ids.append(added["contact_id"])
        stage.organisations[organisation.key] = Enrolled(
            made["organisation_id"], tuple(contact_ids)
        )

    everybody = [*stage.cast.organisations, stage.cast.experts]
    await stage.for_each(Phase.ENROL, everybody, enrol)


async def _apply(stage: Stage) -> None:
    await stage.days_before(OPENED_DAYS, time(9))
    closes_at = stage.on(
        stage.scenario.fair.first_day - timedelta(days=CLOSED_DAYS), time(18)
    ).isoformat()
    await stage.client.post(
        "registration", f"{stage.fair}/call/open", {"closes_at": closes_at}, step="call/open"
    )

    async def apply(entry: tuple[Organisation, Application]) -> None:
        organisation, application = entry
        body = _application(stage.organisations[organisation.key].organisation_id, application)
        if stage.by_rules:
            body["preferences"] = application.preferences
        made = await stage.client.post(
            "registration",
            f"{stage.fair}/applications",
            body,
            step=f"apply/{organisation.key}",
            role="service",
        )
        stage.applications[organisation.key] = made["application_id"]

    applying, done = stage.applying(), 0
    by_list = {organisation.key for organisation, _ in stage.listed()}
    if by_list and await _lists_are_taken(stage):
        applying = [entry for entry in applying if entry[0].key not in by_list]
        await lists.play(stage)
    for week in range(CALL_WEEKS):
        await stage.days_before(OPENED_DAYS - 2 - 7 * week, time(11))
        wave = [entry for entry in applying if entry[1].week == week]
        done = await stage.for_each(Phase.APPLY, wave, apply, before=done, total=len(applying))
        # A week later nobody would be told any more that an application came.
        await settle(stage.client)


async def _lists_are_taken(stage: Stage) -> bool:
    try:
        await stage.client.get("registration", f"{stage.fair}/intakes")
    except NotFound:  # A version from before knows no lists.
        return False
    return True


def text(words: Text | Name | Term) -> Answer:
    """A text as the services take it."""
    return {"ar": words.ar, "fr": words.fr, "zgh": words.zgh, "en": words.en}


def _organisation(organisation: Organisation, contact: Contact) -> Answer:
    return {
        "kind": organisation.kind,
        "name": text(organisation.name),
        "province": organisation.province,
        "region": organisation.region,
        "country": organisation.country,
        "women_led": organisation.women_led,
        "youth_led": organisation.youth_led,
        "contact": _contact(contact),
    }


def _contact(contact: Contact) -> Answer:
    return {
        "role": contact.role,
        "name": contact.name,
        "phone": contact.phone,
        "language": contact.language,
        "second_language": contact.second_language,
        "channel": contact.channel,
        "consent": contact.consent,
    }


def _application(organisation_id: str, application: Application) -> Answer:
    needs = application.needs
    return {
        "organisation_id": organisation_id,
        "participation": application.participation,
        "pole_id": application.pole_id,
        "products": [
            {
                "family": product.family,
                "name": text(product.name),
                **({} if product.origin is None else {"origin": text(product.origin)}),
            }
            for product in application.products
        ],
        "booths": application.booths,
        "people": application.people,
        "needs": {
            "electricity": needs.electricity,
            "water": needs.water,
            "corner": needs.corner,
            "step_free": needs.step_free,
        },
        "programmes": application.programmes,
    }
