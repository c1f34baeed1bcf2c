"""Tickets, badges and certificates of the running service, by registration's records."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from maarid_contracts.registration import WearerRecordV1

from services.ticketing.prints.handlers.press import MOST_WAITING
from tests.integration.ticketing.recorded_persons import PHONE, Recorded
from tests.integration.ticketing.running_ticketing import FIRST, STARTS, Ticketing
from tests.running_service import refusal, uid
from tests.waiting import eventually

PDF, PNG = "application/pdf", "image/png"
READER = shutil.which("zbarimg")


@pytest_asyncio.fixture(loop_scope="session")
async def recorded(ticketing: Ticketing) -> AsyncGenerator[Recorded]:
    """An exhibitor of a new fair, whose organisation has a name."""
    db = await asyncpg.connect(ticketing.owner_dsn)
    try:
        one = Recorded(ticketing, db, await ticketing.announce())
        await one.enrol("Coopérative Al Amal")
        yield one
    finally:
        await db.close()


def pages_in(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == PDF
    assert answer.headers["cache-control"] == "no-store"
    return max(map(int, re.findall(rb"/Count (\d+)", answer.content)))


async def badges(recorded: Recorded, role: str = "organiser", **body: Any) -> httpx.Response:
    return await recorded.ticketing.post(f"/fairs/{recorded.fair_id}/badges", body, role=role)


async def read_in(picture: bytes, folder: Path) -> str:
    path = folder / "picture.png"
    path.write_bytes(picture)
    reader = await asyncio.create_subprocess_exec(
        *("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    said, _ = await reader.communicate()
    return said.decode().removesuffix("\n")


@pytest.mark.parametrize("language", [None, "ar", "fr", "zgh"])
async def test_a_ticket_is_printed_and_drawn_with_its_code(
    ticketing: Ticketing, tmp_path: Path, language: str | None
) -> None:
    fair = await ticketing.announce()
    ticket = await ticketing.issue(fair, FIRST, party=4)
    query = "" if language is None else f"?language={language}"
    path = f"/tickets/{ticket}/ticket"
    assert pages_in(await ticketing.look(f"{path}.pdf{query}")) == 1
    drawn = await ticketing.look(f"{path}.png{query}")
    assert drawn.headers["content-type"] == PNG
    if READER is not None or "CI" in os.environ:
        shown = await ticketing.get(f"/tickets/{ticket}")
        assert await read_in(drawn.content, tmp_path) == shown["code"]
    plain = await ticketing.look(f"{path}.png")
    assert (plain.content == drawn.content) == (language in (None, "ar"))


async def test_a_ticket_is_for_those_who_hand_it_out(ticketing: Ticketing) -> None:
    fair = await ticketing.announce()
    path = f"/tickets/{await ticketing.issue(fair, FIRST)}/ticket.png"
    for role in ("service", f"steward fair_id={fair}"):
        assert (await ticketing.look(path, role)).status_code == 200
    assert refusal(await ticketing.look(path, "steward fair_id=other-2025")) == (
        404,
        "ticket_unknown",
    )
    for role in ("auditor", f"exhibitor organisation_id={uid()}"):
        assert refusal(await ticketing.look(path, role)) == (403, "role_missing")
    assert (await ticketing.look(path, None)).status_code == 401
    assert refusal(await ticketing.look(f"/tickets/{uid()}/ticket.pdf")) == (404, "ticket_unknown")
    wrong = await ticketing.look(f"{path}?language=en")
    assert refusal(wrong) == (422, "invalid_request")


async def test_a_ticket_that_was_revoked_is_not_printed(ticketing: Ticketing) -> None:
    ticket = await ticketing.issue(await ticketing.announce(), FIRST)
    await ticketing.done(f"/tickets/{ticket}/revoke", {"reason": "lost"})
    assert refusal(await ticketing.look(f"/tickets/{ticket}/ticket.pdf")) == (
        409,
        "ticket_revoked",
    )


async def test_badges_are_those_of_the_records_four_on_a_sheet_or_one_a_label(
    recorded: Recorded,
) -> None:
    other = Recorded(recorded.ticketing, recorded.db, recorded.fair_id)
    assert refusal(await badges(recorded)) == (404, "nobody_wears_badges")
    mine = [await recorded.wearer(f"Nom Inventé {n}") for n in range(5)]
    theirs = await other.wearer("فاطمة (اسم مختلق)")
    assert pages_in(await badges(recorded)) == 2
    assert pages_in(await badges(recorded, paper="label", language="zgh")) == 6
    one = await badges(recorded, paper="label", exhibitors=[other.exhibitor_id])
    assert pages_in(one) == 1
    assert pages_in(await badges(recorded, paper="label", wearers=[mine[0], theirs])) == 2
    picture = await badges(recorded, form="png", page=2, language="fr")
    assert picture.headers["content-type"] == PNG
    assert refusal(await badges(recorded, form="png", page=3)) == (404, "page_unknown")
    # Of another fair there is nobody, and nobody of this one.
    elsewhere = await recorded.ticketing.announce()
    asked = await recorded.ticketing.post(f"/fairs/{elsewhere}/badges", {"wearers": [theirs]})
    assert refusal(asked) == (404, "wearer_unknown")
    unknown = await recorded.ticketing.post("/fairs/no-such-fair/badges", {})
    assert refusal(unknown) == (404, "fair_unknown")


async def test_a_badge_shows_the_name_of_the_organisation(recorded: Recorded) -> None:
    """A picture with the name looks otherwise than one of an organisation without."""
    nameless = Recorded(recorded.ticketing, recorded.db, recorded.fair_id)
    pictures: set[bytes] = set()
    for whose in (recorded, nameless):
        wearer_id = await whose.wearer("Nom Inventé")
        answer = await badges(recorded, form="png", paper="label", wearers=[wearer_id])
        assert answer.status_code == 200, answer.text
        pictures.add(answer.content)
    assert len(pictures) == 2


@pytest.mark.parametrize("how", ["erased", "removed", "tombstone"])
async def test_whoever_is_gone_has_no_badge_and_no_copy_and_stays_gone(
    recorded: Recorded, how: str
) -> None:
    stays = await recorded.wearer("Nom Resté")
    gone = await recorded.wearer("Zineb Partie")
    match how:
        case "tombstone":
            await recorded.record(gone, None, WearerRecordV1, 2)
        case _:
            await recorded.erased(gone, removed=how == "removed")
    await eventually(lambda: recorded.kept(gone), lambda kept: kept == [])
    assert refusal(await badges(recorded, wearers=[gone])) == (404, "wearer_unknown")
    assert pages_in(await badges(recorded, paper="label")) == 1
    # A record that comes late brings nobody back.
    late = WearerRecordV1(
        wearer_id=gone,
        fair_id=recorded.fair_id,
        exhibitor_id=recorded.exhibitor_id,
        organisation_id=recorded.organisation_id,
        role="seller",
        name="Zineb Partie",
        revision=9,
    )
    await recorded.record(gone, late, WearerRecordV1, 9)
    # Records of one topic and key are kept in their order; this one comes behind it.
    await recorded.record(stays, late.model_copy(update={"wearer_id": stays}), WearerRecordV1, 9)
    await eventually(lambda: recorded.kept(stays), lambda kept: kept == ["Zineb Partie"])
    await recorded.record(gone, late, WearerRecordV1, 10)
    assert await recorded.kept(gone) == []
    assert refusal(await badges(recorded, wearers=[gone])) == (404, "wearer_unknown")


async def test_an_older_record_changes_nothing(recorded: Recorded) -> None:
    wearer_id = await recorded.wearer("Nom Corrigé", revision=3)
    old = WearerRecordV1(
        wearer_id=wearer_id,
        fair_id=recorded.fair_id,
        exhibitor_id=recorded.exhibitor_id,
        organisation_id=recorded.organisation_id,
        role="seller",
        name="Nom Ancien",
        revision=2,
    )
    await recorded.record(wearer_id, old, WearerRecordV1, 2)
    # Behind it on the same partition.
    await recorded.wearer("Nom Corrigé Encore", revision=4, wearer_id=wearer_id)
    row = await recorded.db.fetchrow(
        "select * from own.wearer_names where wearer_id = $1", wearer_id
    )
    assert row is not None
    assert row["revision"] == 4
    assert PHONE not in str(dict(row))


async def test_badges_of_people_in_the_request_are_printed_and_nowhere_kept(
    recorded: Recorded,
) -> None:
    name = f"Canari-{uid()[:8]}"
    people = [{"name": f"Zineb {name}", "role": "press", "organisation": "Radio"}] * 3
    made = await badges(recorded, people=people, paper="label", language="fr")
    assert pages_in(made) == 3
    # Also where the request is refused.
    many = await badges(recorded, people=people * 67)
    assert refusal(many) == (422, "invalid_request")
    assert name not in many.text
    assert refusal(await badges(recorded, people=people, form="png", page=9)) == (
        404,
        "page_unknown",
    )
    assert await recorded.tables_with(name, ("own", "log", "read")) == set()
    log = recorded.ticketing.system.processes["ticketing"].log.read_text("utf-8")
    assert name not in log


async def test_badges_are_the_organisers(recorded: Recorded) -> None:
    for role in ("auditor", "service", f"steward fair_id={recorded.fair_id}"):
        assert refusal(await badges(recorded, role=role)) == (403, "role_missing")


async def test_more_than_two_hundred_at_once_are_refused(recorded: Recorded) -> None:
    await recorded.db.executemany(
        "insert into own.wearer_names values ($1, $2, $3, $4, 'seller', 'Nom Inventé', 1)",
        [
            (uid(), recorded.fair_id, recorded.exhibitor_id, recorded.organisation_id)
            for _ in range(201)
        ],
    )
    assert refusal(await badges(recorded)) == (409, "too_many_to_print")
    await recorded.db.execute(
        "delete from own.wearer_names where wearer_id ="
        " (select wearer_id from own.wearer_names where fair_id = $1 limit 1)",
        recorded.fair_id,
    )
    assert pages_in(await badges(recorded)) == 50


async def certificates(ticketing: Ticketing, session: str, **body: Any) -> httpx.Response:
    role = body.pop("role", "organiser")
    return await ticketing.post(f"/workshops/{session}/certificates", body, role=role)


async def test_certificates_are_for_those_who_had_a_seat_and_have_a_name(
    recorded: Recorded,
) -> None:
    ticketing = recorded.ticketing
    contact, wearer = await recorded.contact("Nom Inventé"), await recorded.wearer("اسم مختلق")
    nameless, waiting = uid(), uid()
    session = await ticketing.schedule(recorded.fair_id, seats=3)
    for attendee in (contact, wearer, nameless, waiting):
        await ticketing.reserve(session, attendee_id=attendee)
    early = await certificates(ticketing, session)
    assert refusal(early) == (409, "workshop_not_begun")
    await ticketing.set_clock(STARTS + timedelta(hours=2))

    missing = await certificates(ticketing, session)
    assert refusal(missing) == (409, "names_missing")
    assert (missing.json()["missing"], missing.json()["attendees"]) == (1, 3)
    assert pages_in(await certificates(ticketing, session, skip_unnamed=True)) == 2
    named = [{"attendee_id": nameless, "name": "Zineb Inventée"}]
    assert pages_in(await certificates(ticketing, session, names=named, language="fr")) == 3
    assert pages_in(await certificates(ticketing, session, attendees=[wearer])) == 1
    picture = await certificates(ticketing, session, attendees=[contact], form="png")
    assert picture.headers["content-type"] == PNG
    for asked in ({"attendees": [waiting]}, {"names": [{**named[0], "attendee_id": waiting}]}):
        refused = await certificates(ticketing, session, skip_unnamed=True, **asked)
        assert refusal(refused) == (404, "attendee_without_seat")
    assert await recorded.tables_with("Zineb Inventée", ("own", "log", "read")) == set()
    for role in ("auditor", "service", f"steward fair_id={recorded.fair_id}"):
        refused = await certificates(ticketing, session, role=role)
        assert refusal(refused) == (403, "role_missing")

    await recorded.contact_erased(contact)
    await eventually(lambda: recorded.kept(contact), lambda kept: kept == [])
    assert refusal(await certificates(ticketing, session, attendees=[contact])) == (
        409,
        "names_missing",
    )


async def test_where_the_door_noted_who_came_nobody_else_is_certified(
    recorded: Recorded,
) -> None:
    ticketing = recorded.ticketing
    came, stayed_away = [await recorded.contact(f"Nom Inventé {n}") for n in range(2)]
    session = await ticketing.schedule(recorded.fair_id, seats=3)
    seats = [await ticketing.reserve(session, attendee_id=who) for who in (came, stayed_away)]
    await ticketing.set_clock(STARTS)
    assert pages_in(await certificates(ticketing, session)) == 2
    await ticketing.done(f"/workshops/{session}/seats/{seats[0]['seat_id']}/attend", {})
    assert pages_in(await certificates(ticketing, session)) == 1
    refused = await certificates(ticketing, session, attendees=[stayed_away])
    assert refusal(refused) == (404, "attendee_without_seat")


async def test_nobody_is_certified_of_a_workshop_that_nobody_knows(ticketing: Ticketing) -> None:
    assert refusal(await certificates(ticketing, uid())) == (404, "workshop_unknown")


async def test_the_service_prints_in_a_child_one_at_a_time_and_sends_others_away(
    recorded: Recorded,
) -> None:
    ticketing = recorded.ticketing
    people = [{"name": f"Nom Inventé {n}", "role": "guest"} for n in range(200)]
    at_once = 2 * MOST_WAITING
    asked = [badges(recorded, people=people) for _ in range(at_once)]
    answers = await asyncio.gather(*asked)
    sent_away = [each for each in answers if each.status_code == 503]
    assert sent_away
    for each in sent_away:
        assert refusal(each) == (503, "print_busy")
        assert each.headers["retry-after"] == "2"
    printed = [each for each in answers if each.status_code == 200]
    assert len(printed) + len(sent_away) == at_once
    assert {pages_in(each) for each in printed} == {50}
    pid = ticketing.system.processes["ticketing"].pid
    for heavy in ("typst", "segno"):
        assert f"/site-packages/{heavy}/" not in loaded_by(pid)
    children = children_of(pid)
    assert len(children) == 1
    assert "/site-packages/typst/" in loaded_by(children[0])


async def test_a_child_that_is_killed_is_replaced(recorded: Recorded) -> None:
    wearer_id = await recorded.wearer("Nom Inventé")
    assert pages_in(await badges(recorded, wearers=[wearer_id])) == 1
    pid = recorded.ticketing.system.processes["ticketing"].pid
    (child,) = children_of(pid)
    os.kill(child, 9)
    await eventually(lambda: badges(recorded, wearers=[wearer_id]), lambda r: r.status_code == 200)
    assert children_of(pid) != [child]


def loaded_by(pid: int | None) -> str:
    return Path(f"/proc/{pid}/maps").read_text("utf-8")


def children_of(pid: int | None) -> list[int]:
    stats = [
        (int(path.parent.name), path.read_text("utf-8").rpartition(")")[2].split()[1])
        for path in Path("/proc").glob("[0-9]*/stat")
    ]
    return [each for each, parent in stats if parent == str(pid)]
