"""Codes are sent and checked, at either of two replicas."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.notifications.codes import handlers
from services.notifications.codes.keys import code_of
from tests.integration.codes.asking import (
    ADD_CONTACT,
    FAIR,
    asked,
    checked,
    granted,
    number,
    read,
    sent,
    texts,
    wrong,
)
from tests.integration.replicas.two_replicas import Replicas
from tests.running_service import refusal, uid

pytestmark = pytest.mark.any_stack


async def test_a_code_reaches_a_number_and_is_answered_once_with_its_contacts(
    replicas: Replicas,
) -> None:
    known, shared = sorted((uid(), uid()))
    for contact in (known, shared):
        await replicas.owner.execute(ADD_CONTACT, contact, number(1), "fr")

    code_id = await granted(replicas, phone="06 00 01 00 01", fair_id=FAIR)
    await sent(replicas)
    (text,) = await texts(replicas, code_id)
    assert text.startswith("Salon régional : votre code est ")
    code = await read(replicas, code_id)

    key = uid()
    first = await checked(replicas, code_id, code, key=key)
    assert (first.status_code, first.json()) == (200, {"contact_ids": [known, shared]})
    # The answer may have been lost: the same request hears it again, at the other replica too.
    again = await checked(replicas, code_id, code, at=1, key=key)
    assert again.json() == first.json()
    assert refusal(await checked(replicas, code_id, code, at=1)) == (410, "code_over")


async def test_known_unknown_and_refused_numbers_are_answered_alike(replicas: Replicas) -> None:
    await replicas.owner.execute(ADD_CONTACT, uid(), number(1), "fr")
    answers = [await asked(replicas, n % 2, phone=number(1)) for n in range(5)]
    answers += [await asked(replicas, phone=number(2))]
    assert {answer.status_code for answer in answers} == {202}
    assert {frozenset(answer.json()) for answer in answers} == {
        frozenset({"code_id", "expires_at"})
    }
    shown = {frozenset(name for name in answer.headers if name != "date") for answer in answers}
    assert len(shown) == 1
    ids = [answer.json()["code_id"] for answer in answers]
    kept = {
        str(row[0]): row[1]
        for row in await replicas.owner.fetch("select code_id, granted from codes")
    }
    assert [kept[id_] for id_ in ids] == [True, True, True, False, False, True]

    await sent(replicas)
    assert [len(await texts(replicas, id_)) for id_ in ids] == [1, 1, 1, 0, 0, 1]
    # Nor is the code that was never sent good for anything.
    (key,) = replicas.both[0].runtime.settings.code_keys.current()
    answer = await checked(replicas, ids[4], code_of(key, ids[4]))
    assert refusal(answer) == (422, "code_wrong")
    # A guess at either hears the same: so many tries, and then nothing more.
    for id_ in (ids[0], ids[3], ids[5]):
        guess = wrong(await read(replicas, ids[0]))
        heard = [refusal(await checked(replicas, id_, guess, n % 2)) for n in range(6)]
        assert heard == [(422, "code_wrong")] * 5 + [(410, "code_over")]
    assert refusal(await checked(replicas, uid(), "123456")) == (410, "code_over")
    # Nobody is known by the second number, which may show that it is theirs all the same.
    fresh = await granted(replicas, phone=number(3))
    await sent(replicas, at=1)
    answer = await checked(replicas, fresh, await read(replicas, fresh))
    assert answer.json() == {"contact_ids": []}


@pytest.mark.parametrize(
    "phone", ["+33612345678", "0522334455", "0892000000", "061234567", "06123456789", "x", "+212"]
)
async def test_a_code_goes_to_moroccan_mobiles_alone(replicas: Replicas, phone: str) -> None:
    assert refusal(await asked(replicas, phone=phone)) == (422, "mobile_expected")
    assert await replicas.owner.fetchval("select count(*) from codes") == 0


async def test_tries_at_both_replicas_at_once_are_five_together(replicas: Replicas) -> None:
    code_id = await granted(replicas)
    await sent(replicas)
    guess = wrong(await read(replicas, code_id))
    tries = await asyncio.gather(*(checked(replicas, code_id, guess, at=n % 2) for n in range(40)))
    heard = [refusal(answer)[1] for answer in tries]
    assert (heard.count("code_wrong"), heard.count("code_over")) == (5, 35)
    right = await checked(replicas, code_id, await read(replicas, code_id))
    assert refusal(right) == (410, "code_over")


async def test_a_right_code_is_taken_once_of_forty_at_both_replicas(replicas: Replicas) -> None:
    code_id = await granted(replicas)
    await sent(replicas)
    code = await read(replicas, code_id)
    answers = await asyncio.gather(*(checked(replicas, code_id, code, n % 2) for n in range(40)))
    assert sorted(answer.status_code for answer in answers) == [200] + [410] * 39


async def test_a_try_under_a_key_that_was_used_is_not_looked_at(replicas: Replicas) -> None:
    code_id = await granted(replicas)
    await sent(replicas)
    code = await read(replicas, code_id)
    key = uid()
    first = await checked(replicas, code_id, wrong(code), key=key)
    second = await checked(replicas, code_id, code, at=1, key=key)
    assert (first.status_code, first.json()) == (422, second.json())
    assert first.json()["left"] == 4
    assert (await checked(replicas, code_id, code)).status_code == 200


async def test_the_same_request_again_is_one_code_and_another_under_its_key_is_refused(
    replicas: Replicas,
) -> None:
    key = uid()
    first = await asked(replicas, key=key)
    again = await asked(replicas, at=1, key=key)
    assert (again.status_code, again.json()) == (202, first.json())
    assert refusal(await asked(replicas, key=key, phone=number(2)))[1] == ("idempotency_key_reused")
    await sent(replicas)
    await sent(replicas, at=1)
    assert len(await texts(replicas, first.json()["code_id"])) == 1
    assert await replicas.owner.fetchval("select count(*) from codes") == 1


async def test_a_code_whose_replica_died_before_it_asked_for_the_message_is_sent_at_the_retry(
    replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = uid()

    async def die(*_: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as dying:
        dying.setattr(handlers, "request_message", die)
        lost = await asked(replicas, key=key)
    assert lost.status_code == 503
    await sent(replicas)
    assert await replicas.owner.fetchval("select count(*) from sending") == 0
    answer = await asked(replicas, at=1, key=key)
    await sent(replicas, at=1)
    assert len(await texts(replicas, answer.json()["code_id"])) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"address": "nowhere"},
        {"address": "203.0.113.7/24"},
        {"language": "es"},
        {"phone": ""},
        {"phone": "0" * 61},
        {"more": 1},
    ],
)
async def test_what_cannot_be_read_is_refused_and_not_repeated(
    replicas: Replicas, body: dict[str, Any]
) -> None:
    answer = await asked(replicas, **body)
    assert refusal(answer) == (422, "invalid_request")
    assert await replicas.owner.fetchval("select count(*) from codes") == 0


async def test_an_unknown_fair_has_no_codes(replicas: Replicas) -> None:
    assert refusal(await asked(replicas, fair_id="nowhere-2025")) == (404, "fair_unknown")


@pytest.mark.parametrize("code", ["12345", "1234567", "abcdef", "12345½", "²³¹²³¹"])
async def test_what_is_no_code_is_not_counted_as_a_try(replicas: Replicas, code: str) -> None:
    code_id = await granted(replicas)
    assert refusal(await checked(replicas, code_id, code)) == (422, "invalid_request")
    assert await replicas.owner.fetchval("select cardinality(tries) from codes") == 0


async def test_a_code_may_be_typed_on_an_arabic_keyboard(replicas: Replicas) -> None:
    code_id = await granted(replicas)
    await sent(replicas)
    code = await read(replicas, code_id)
    arabic = "".join("٠١٢٣٤٥٦٧٨٩"[int(digit)] for digit in code)
    answer = await checked(replicas, code_id, f" {arabic[:3]} {arabic[3:]} ")
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("role", ["organiser", "exhibitor", "steward", "auditor", None])
async def test_codes_are_for_services_alone(replicas: Replicas, role: str | None) -> None:
    body = {"phone": number(1), "address": "203.0.113.7"}
    answer = await replicas.send(0, "POST", "/codes", body, role=role)
    assert answer.status_code in (401, 403)
