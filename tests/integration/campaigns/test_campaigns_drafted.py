"""What a campaign would reach and cost is said before it is started, and what is wrong refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.campaigns.writing import (
    CANARY,
    FAIR,
    TEXTS,
    ask_all,
    contact,
    does,
    draft_of,
    drafted,
    exhibitor,
    organisation,
    send_all,
    shown,
    statuses,
    texts_of,
)
from tests.integration.codes.asking import everything, where
from tests.integration.replicas.two_replicas import Replicas
from tests.running_service import refusal, uid

pytestmark = pytest.mark.any_stack

FRENCH = "Bonjour { $organisation }, au { $fair }."
ARABIC = "مرحبا { $organisation }"


async def reached(replicas: Replicas, **segment: Any) -> int:
    return (await drafted(replicas, segment=segment))["reach"]["contacts"]


async def session_with(replicas: Replicas, *seats: tuple[str, bool]) -> str:
    """A workshop, and who has a seat there or waits for one."""
    session = uid()
    await replicas.owner.execute(
        'insert into workshops values ($1, $2, \'{"ar": "ت", "fr": "A"}\', \'tent\', now())',
        session,
        FAIR,
    )
    for who, waits in seats:
        row = (uid(), session, FAIR, who, waits)
        await replicas.owner.execute("insert into seats values ($1, $2, $3, $4, $5, 1)", *row)
    return session


async def test_a_segment_holds_those_to_whom_all_applies(replicas: Replicas) -> None:
    zagora = await organisation(replicas)
    azilal = await organisation(replicas, "gie", "azilal")
    merged = await organisation(replicas, "gie", "azilal", into=zagora)
    people = [await contact(replicas) for _ in range(5)]
    first = await exhibitor(replicas, people[0], zagora, families=["honey"], programmes=["indh"])
    await exhibitor(replicas, people[1], azilal, "crafts", ["carpets"])
    await exhibitor(replicas, people[2], merged, "crafts", ["carpets", "honey"])
    await exhibitor(replicas, None, zagora)  # Nobody can be told.
    await exhibitor(replicas, people[0], zagora, "crafts")  # The same contact once more.
    await exhibitor(replicas, people[4], azilal, fair="agadir-2025")
    await replicas.owner.execute(
        "insert into booth_holders values ($1, 'P-001', $2::text::uuid)", FAIR, first
    )
    session = await session_with(
        replicas, (people[0], False), (people[1], True), (people[3], False)
    )
    assert await reached(replicas) == 3
    assert await reached(replicas, pole_id="crafts") == 3
    assert await reached(replicas, pole_id="products") == 1
    assert await reached(replicas, province="zagora") == 2
    assert await reached(replicas, kind="gie") == 1
    assert await reached(replicas, family="honey") == 2
    assert await reached(replicas, programme_id="indh") == 1
    # One of the exhibitors of the first contact holds a booth, and the other none.
    assert await reached(replicas, without_booth=True) == 3
    assert await reached(replicas, without_booth=True, pole_id="crafts", kind="gie") == 1
    assert await reached(replicas, session_id=session) == 2
    assert await reached(replicas, session_id=session, province="zagora") == 1
    # Who waits for a seat has none.
    assert await reached(replicas, session_id=session, pole_id="crafts") == 1


async def test_a_draft_says_what_it_would_cost(replicas: Replicas) -> None:
    of = await organisation(replicas, name="Coopérative Al Amal des femmes de Zagora")
    for language, channel in (("fr", "sms"), ("fr", "sms"), ("ar", "whatsapp"), ("zgh", "sms")):
        await exhibitor(replicas, await contact(replicas, language, channel), of)
    await exhibitor(replicas, await contact(replicas, consent=False), of)
    opted_out = await contact(replicas)
    await exhibitor(replicas, opted_out, of)
    await replicas.owner.execute("insert into opt_outs values ($1, now())", opted_out)
    long = "Bonjour { $organisation }, " + "merci de venir avec vos badges " * 4
    draft = await drafted(replicas, texts={"ar": ARABIC, "fr": long})
    reach = draft["reach"]
    assert (reach["contacts"], reach["with_consent"], reach["without_consent"]) == (6, 4, 2)
    assert [tuple(each.values()) for each in reach["shares"]] == [
        ("ar", "sms", 1, 1, 0.5),
        ("ar", "whatsapp", 1, 1, 0.5),
        ("fr", "sms", 2, 2, 2.0),
    ]
    assert (reach["segments"], reach["cost_mad"]) == (6, 3.0)
    assert draft["texts"]["ar"] == ARABIC
    assert draft["progress"]["asked_for"] == 0


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"fair_id": "nowhere"}, (404, "fair_unknown")),
        ({"texts": {"ar": "مرحبا", "fr": "Bonjour { $name }"}}, (422, "name_unknown")),
        ({"texts": {"ar": "مرحبا", "fr": "Bonjour { $organisation"}}, (422, "text_broken")),
        ({"texts": {"ar": "مرحبا", "fr": "{ NUMBER(1) }"}}, (422, "text_broken")),
        ({"texts": {"ar": "مرحبا", "fr": 'Bonjour { "x" }'}}, (422, "text_broken")),
        ({"texts": {"ar": "مرحبا" * 79, "fr": "Bonjour"}}, (422, "text_too_long")),
        ({"texts": {"ar": "مرحبا", "fr": "x" * 401}}, (422, "invalid_request")),
        ({"texts": {"ar": "مرحبا", "fr": "Bonjour\nvous"}}, (422, "invalid_request")),
        ({"texts": {"fr": "Bonjour"}}, (422, "invalid_request")),
        ({"segment": {"province": "nowhere"}}, (409, "segment_empty")),
        ({"segment": {"session_id": uid()}}, (404, "session_unknown")),
        ({"segment": {"town": "zagora"}}, (422, "invalid_request")),
        ({"until": "2020-01-01T08:00:00Z"}, (422, "campaign_until")),
        ({"until": "2090-01-01T08:00:00Z"}, (422, "campaign_until")),
    ],
)
async def test_what_is_wrong_is_refused_and_nothing_is_stored(
    replicas: Replicas, more: dict[str, Any], refused: tuple[int, str]
) -> None:
    await exhibitor(replicas, await contact(replicas), await organisation(replicas))
    counted = "select (select count(*) from campaign_texts) + (select count(*) from log.events)"
    before = await replicas.owner.fetchval(counted)
    answer = await replicas.send(0, "POST", "/campaigns", {**draft_of(), **more})
    assert refusal(answer) == refused
    assert await replicas.owner.fetchval(counted) == before


async def test_whoever_has_a_seat_and_exhibits_nothing_is_called_by_no_organisation(
    replicas: Replicas,
) -> None:
    session = await session_with(replicas, (await contact(replicas), False))
    body = draft_of(texts={"ar": ARABIC, "fr": FRENCH}, segment={"session_id": session})
    assert refusal(await replicas.send(0, "POST", "/campaigns", body)) == (422, "name_unknown")
    await replicas.owner.execute("update fairs set cancelled = true")
    answer = await replicas.send(0, "POST", "/campaigns", draft_of())
    assert refusal(answer) == (409, "fair_was_cancelled")


async def test_the_same_request_drafts_once_whichever_replica_is_asked(replicas: Replicas) -> None:
    await exhibitor(replicas, await contact(replicas))
    key = uid()
    answers = [
        await replicas.send(at, "POST", "/campaigns", draft_of(), key=key) for at in (0, 1, 0)
    ]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["campaign_id"] for answer in answers}) == 1
    other = await replicas.send(1, "POST", "/campaigns", draft_of(code="other"), key=key)
    assert refusal(other) == (422, "idempotency_key_reused")
    listed = await replicas.both[1].all("/campaigns", fair_id=FAIR)
    assert answers[0].json()["campaign_id"] == listed[-1]["campaign_id"]


async def test_a_preview_comes_to_ones_own_phone_and_not_too_often(replicas: Replicas) -> None:
    mine, of = await contact(replicas), await organisation(replicas, name="Tafsut")
    await exhibitor(replicas, await contact(replicas), of)
    campaign = (await drafted(replicas, texts={"ar": ARABIC, "fr": FRENCH}))["campaign_id"]
    path, key = f"/campaigns/{campaign}/preview", uid()
    for _ in range(2):
        answer = await replicas.send(0, "POST", path, {"contact_id": mine}, key=key)
        assert answer.status_code == 202, answer.text
    await send_all(replicas.both[1].runtime)
    assert await texts_of(replicas, mine) == ["Salon : Bonjour Tafsut, au Salon."]
    assert (await shown(replicas, campaign))["progress"]["asked_for"] == 0
    for _ in range(9):
        answer = await replicas.send(1, "POST", path, {"contact_id": mine})
        assert answer.status_code == 202, answer.text
    refused = await replicas.send(0, "POST", path, {"contact_id": mine})
    assert refusal(refused) == (429, "too_many_previews")
    again = await replicas.send(0, "POST", path, {"contact_id": mine}, key=key)
    assert again.status_code == 202


async def test_its_text_stands_in_no_event_and_in_no_log(
    replicas: Replicas, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    who = await contact(replicas)
    await exhibitor(replicas, who)
    campaign = (await drafted(replicas))["campaign_id"]
    await does(replicas, campaign, "start")
    await ask_all(replicas.both[0].runtime)
    await send_all(replicas.both[0].runtime)
    assert [CANARY in text for text in await texts_of(replicas, who)] == [True]
    found = await everything(replicas)
    assert where(found, CANARY) == {"own.campaign_texts", "own.phone_messages"}
    assert CANARY not in caplog.text
    assert TEXTS["ar"] not in caplog.text


async def test_a_campaign_whose_text_is_gone_sends_nothing(replicas: Replicas) -> None:
    await exhibitor(replicas, await contact(replicas))
    draft, running = [(await drafted(replicas))["campaign_id"] for _ in range(2)]
    await does(replicas, running, "start")
    await ask_all(replicas.both[0].runtime)
    await replicas.owner.execute("delete from campaign_texts")
    await send_all(replicas.both[0].runtime)
    assert await statuses(replicas, running) == {"campaign_text_gone": 1}
    assert (await shown(replicas, draft))["texts"] is None
    for what, body in (("start", None), ("preview", {"contact_id": uid()})):
        answer = await replicas.send(0, "POST", f"/campaigns/{draft}/{what}", body)
        assert refusal(answer) == (410, "campaign_text_gone")
