"""Numbers and codes are forgotten, and stand nowhere else before."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from services.notifications.codes import rows
from services.notifications.codes.keys import new_key
from services.notifications.contacts.rows import forget
from tests.integration.codes.asking import (
    ADD_CONTACT,
    AGE,
    FAIR,
    PATHS,
    asked,
    checked,
    everything,
    granted,
    number,
    read,
    sent,
    stands_in,
    texts,
    where,
    write,
    written,
    wrong,
)
from tests.integration.replicas.two_replicas import Replicas, command_of
from tests.running_service import refusal, uid

pytestmark = pytest.mark.any_stack


async def test_what_comes_too_late_is_not_sent_and_is_good_for_nothing(replicas: Replicas) -> None:
    late = await granted(replicas)
    early = await granted(replicas, phone=number(2))
    await replicas.owner.execute(f"{AGE} where code_id = $2", timedelta(minutes=10), late)
    await sent(replicas)
    assert [len(await texts(replicas, id_)) for id_ in (late, early)] == [0, 1]
    found = await replicas.both[0].get(f"/messages/{late}")
    assert (found["status"], found["reason"]) == ("failed", "too_late")
    code = await read(replicas, early)
    await replicas.owner.execute(AGE, timedelta(minutes=10))
    assert refusal(await checked(replicas, early, code)) == (410, "code_over")


async def test_neither_number_nor_code_stands_anywhere_afterwards(
    replicas: Replicas, caplog: pytest.LogCaptureFixture
) -> None:
    numbers = {"known": "+212612345987", "unknown": "+212712345986", "wrong": "+212612345985"}
    await replicas.owner.execute(ADD_CONTACT, uid(), numbers["known"], "ar")
    codes: list[str] = []
    address = "198.51.100.77"
    caplog.set_level("DEBUG")
    for name, phone in numbers.items():
        code_id = await granted(replicas, phone=phone, fair_id=FAIR, address=address)
        await sent(replicas)
        codes.append(await read(replicas, code_id))
        assert (await checked(replicas, code_id, wrong(codes[-1]))).status_code == 422
        if name != "wrong":
            assert (await checked(replicas, code_id, codes[-1])).status_code == 200
    # While they are good for something, where a number and a text may stand and nowhere else.
    canaries = [each for phone in numbers.values() for each in (phone, phone[1:], phone[4:])]
    found = await everything(replicas)
    assert where(found, *canaries) == {"own.codes", "own.contacts"}
    assert where(found, address) == set()
    assert where(found, *codes) == {"own.phone_messages"}

    await replicas.owner.execute(AGE, timedelta(minutes=16))
    await rows.forget_ended(replicas.both[1].runtime.pool)
    found = await everything(replicas)
    assert where(found, *canaries) == {"own.contacts"}
    assert where(found, *codes) == set()
    assert numbers["unknown"] not in found["own.contacts"]
    assert not stands_in(caplog.text, *canaries, address, *codes)
    # What limits count by stays for a day.
    assert await replicas.owner.fetchval("select count(number) from codes") == 3
    await replicas.owner.execute(AGE, timedelta(days=1))
    await rows.forget_ended(replicas.both[0].runtime.pool)
    assert await replicas.owner.fetchval("select count(*) from codes") == 0


async def test_what_is_kept_with_a_key_does_not_tell_what_was_sent(replicas: Replicas) -> None:
    """There are a million codes: a hash of a request would tell which one it was."""
    keys = [uid() for _ in range(6)]
    for n in (0, 1):
        code_id = await granted(replicas, key=keys[3 * n], phone=number(n + 1))
        await sent(replicas)
        guess = wrong(await read(replicas, code_id))
        await checked(replicas, code_id, guess, key=keys[3 * n + 1])
        await asked(replicas, phone=f"052200000{n}", key=keys[3 * n + 2])
    kept = await replicas.owner.fetch(
        "select request_hash from log.outcomes where command_id = any($1)",
        [command_of(key, "service") for key in keys],
    )
    assert len(kept) == 6
    # Of the request nothing but its address.
    addresses = {hashlib.sha256(f"POST\n{path}\n\n".encode()).digest() for path in PATHS}
    assert {row[0] for row in kept} == addresses


async def test_a_key_of_one_route_is_none_for_the_other(replicas: Replicas) -> None:
    key = uid()
    assert refusal(await asked(replicas, key=key, fair_id="nowhere-2025"))[1] == "fair_unknown"
    answer = await checked(replicas, uid(), "123456", key=key)
    assert refusal(answer) == (422, "idempotency_key_reused")


async def test_an_erasure_ends_the_codes_of_a_number_and_forgets_it(replicas: Replicas) -> None:
    contact, other = uid(), uid()
    await replicas.owner.execute(ADD_CONTACT, contact, number(1), "fr")
    code_id = await granted(replicas)
    await granted(replicas, phone=number(2))
    await sent(replicas)
    code = await read(replicas, code_id)
    pending = await granted(replicas)
    async with replicas.both[1].runtime.pool.acquire() as db, db.transaction():
        await forget(db, contact)
        await forget(db, other)
    assert where(await everything(replicas), number(1)) == set()
    assert await texts(replicas, code_id) == []
    assert refusal(await checked(replicas, code_id, code)) == (410, "code_over")
    await sent(replicas)
    found = await replicas.both[0].get(f"/messages/{pending}")
    assert (found["status"], found["reason"]) == ("failed", "too_late")
    # Its share of what is spent stays counted, and somebody else's number stays.
    kept = await replicas.owner.fetch("select phone, number, cost_mad from codes order by at")
    assert [(row["phone"], row["number"] is None) for row in kept] == [
        (None, True),
        (number(2), False),
        (None, True),
    ]
    assert all(row["cost_mad"] > 0 for row in kept)


async def test_a_code_is_checked_by_the_key_that_made_it_while_keys_change(
    replicas: Replicas, keys_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, old, new = replicas.both[0].runtime.settings.code_keys, written(keys_file), new_key()
    monkeypatch.setattr("services.notifications.codes.keys.LOOK_SECONDS", 0.0)
    code_id = await granted(replicas)
    await sent(replicas)
    code = await read(replicas, code_id)
    write(keys_file, f"{new}\n{old}")
    assert (await checked(replicas, code_id, wrong(code))).json()["left"] == 4
    assert (await checked(replicas, code_id, code)).status_code == 200
    made = await granted(replicas)
    await sent(replicas)
    write(keys_file, "spoilt")
    assert len(keys.current()) == 2
    write(keys_file, f"{new}\n")
    assert (await checked(replicas, made, await read(replicas, made))).status_code == 200
    assert len(keys.current()) == 1
