"""Two replicas send and check codes: limits, tries and answers are the same at either."""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from chassis.answers.problems import Problem
from chassis.definition.runtime import Runtime
from chassis.log.context import CommandContext
from chassis.process.ids import command_id_of
from servers import Stack
from services.notifications.codes import handlers, rows
from services.notifications.codes.keys import code_of, new_key
from services.notifications.contacts.rows import forget
from services.notifications.messages.workers.dispatcher import MessageDispatcher
from services.notifications.networks.rows import PocketPhone
from tests.conftest import databases_of
from tests.integration.replicas.two_replicas import Replicas, command_of, two_of
from tests.running_service import refusal, uid

pytestmark = pytest.mark.any_stack

PATHS = ("/codes", "/codes/check")
FAIR = "zagora-2090"
OTHERS = ("agadir-2090", "oujda-2090")
ADD_FAIR = """
insert into fairs (fair_id, name, timezone, poles)
values ($1, '{"ar": "المعرض الجهوي", "fr": "Salon régional"}', 'Africa/Casablanca', '{}')
"""
ADD_CONTACT = """
insert into contacts (contact_id, phone, language, second_language, channel, consent, revision)
values ($1, $2, $3, 'ar', 'whatsapp', false, 1)
"""
AGE = "update codes set at = at - $1::interval, expires_at = expires_at - $1::interval"
SLOW = """
create function slow() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.1); return new; end $$;
create trigger slow before insert on codes for each row execute function slow();
"""
EMPTY = "truncate codes, contacts, erased_contacts, phone_messages, sending"
TABLES = """
select table_schema || '.' || table_name from information_schema.tables
 where table_schema in ('log', 'read', 'own') and table_type = 'BASE TABLE'
"""


@pytest.fixture(scope="module")
def keys_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("codes") / "keys"
    path.write_text(f"{new_key()}\n")
    return path


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def module(stack: Stack, keys_file: Path) -> AsyncGenerator[Replicas]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MAARID_CODE_KEYS_FILE", str(keys_file))
        async with (
            databases_of(stack) as database,
            two_of("notifications", database, keys_file.parent) as both,
        ):
            await both.owner.executemany(ADD_FAIR, [(fair,) for fair in (FAIR, *OTHERS)])
            yield both


@pytest_asyncio.fixture(loop_scope="session")
async def replicas(module: Replicas) -> Replicas:
    """Both, of whom nobody has asked for anything."""
    await module.owner.execute(EMPTY)
    return module


def written(path: Path) -> str:
    return path.read_text()


def write(path: Path, text: str) -> None:
    path.write_text(text)


def number(n: int) -> str:
    """A made-up mobile number, each in a block of its own."""
    return f"+2126{n:04}{n % 10_000:04}"


async def asked(replicas: Replicas, at: int = 0, key: str = "", **body: Any) -> httpx.Response:
    wish = {"phone": number(1), "address": "203.0.113.7"} | body
    return await replicas.send(at, "POST", "/codes", wish, role="service", key=key or uid())


async def granted(replicas: Replicas, at: int = 0, **body: Any) -> str:
    """The id of a code that was sent."""
    answer = await asked(replicas, at, **body)
    assert answer.status_code == 202, answer.text
    return answer.json()["code_id"]


async def checked(
    replicas: Replicas, code_id: str, code: str, at: int = 0, key: str = ""
) -> httpx.Response:
    body = {"code_id": code_id, "code": code}
    return await replicas.send(at, "POST", "/codes/check", body, role="service", key=key or uid())


async def sent(replicas: Replicas, at: int = 0) -> None:
    """Send what is to be sent now; nothing is held back."""
    runtime = replicas.both[at].runtime
    phone = PocketPhone(runtime.pool, runtime.clock)
    # Longer than any test: what is urgent does not wait for it.
    await MessageDispatcher(runtime, phone, 3600.0, handlers.to_send).send_round()


async def texts(replicas: Replicas, code_id: str) -> list[str]:
    answer = await replicas.both[0].look(f"/phones/{code_id}")
    return [each["text"] for each in answer.json().get("items", ())]


async def read(replicas: Replicas, code_id: str) -> str:
    """The code that somebody reads on the phone."""
    (text,) = await texts(replicas, code_id)
    (code,) = re.findall(r"\b[0-9]{6}\b", text)
    return code


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def everything(replicas: Replicas) -> dict[str, str]:
    """Every row of every table, as text."""
    found: dict[str, str] = {}
    for (table,) in await replicas.owner.fetch(TABLES):
        rows_ = await replicas.owner.fetch(f"select t::text from {table} as t")
        found[table] = "\n".join(row[0] for row in rows_)
    return found


def stands_in(text: str, *canaries: str) -> bool:
    """Whether one of them does, and not by chance in an id, a hash or the fraction of a second."""
    return any(
        re.search(rf"(?<![0-9a-f.-]){re.escape(each)}(?![0-9a-f-])", text) for each in canaries
    )


def where(found: dict[str, str], *canaries: str) -> set[str]:
    """The tables in which one of them stands."""
    return {table for table, text in found.items() if stands_in(text, *canaries)}


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


async def test_a_code_overtakes_a_thousand_messages_that_wait(replicas: Replicas) -> None:
    await replicas.owner.execute(
        "insert into sending (message_id, due, contact_id, turn, since)"
        " select gen_random_uuid(), '-infinity', gen_random_uuid(), gen_random_uuid(), '-infinity'"
        " from generate_series(1, 1000)"
    )
    code_id = await granted(replicas)
    await sent(replicas)
    assert len(await texts(replicas, code_id)) == 1


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


async def test_a_number_gets_three_codes_in_ten_minutes_and_eight_in_a_day(
    replicas: Replicas,
) -> None:
    for _ in range(4):
        answers = [await asked(replicas, n % 2) for n in range(4)]
        assert {answer.status_code for answer in answers} == {202}
        await replicas.owner.execute(AGE, timedelta(minutes=11))
    granted_ = "select count(*) from codes where granted"
    assert await replicas.owner.fetchval(granted_) == 8
    await replicas.owner.execute(AGE, timedelta(days=1))
    await asked(replicas)
    assert await replicas.owner.fetchval(granted_) == 9


async def test_of_twelve_at_once_at_both_replicas_three_are_sent(replicas: Replicas) -> None:
    # A slow disk: whoever counts before the other has committed would count too little.
    await replicas.owner.execute(SLOW)
    try:
        answers = await asyncio.gather(
            *(asked(replicas, n % 2, address=f"192.0.2.{n}") for n in range(12))
        )
    finally:
        await replicas.owner.execute("drop function slow() cascade")
    assert {answer.status_code for answer in answers} == {202}
    granted_ = "select count(*) filter (where granted), count(*) from codes"
    assert tuple(await replicas.owner.fetchrow(granted_)) == (3, 12)


async def test_an_address_is_told_after_how_long_it_may_ask_again(replicas: Replicas) -> None:
    # Of IPv6 the network counts: its holder has as many addresses as there are in it.
    addresses = [f"2001:db8:0:7::{n:x}" for n in range(1, 22)]
    answers = [
        await asked(replicas, n % 2, phone=number(n), address=address)
        for n, address in enumerate(addresses)
    ]
    assert [answer.status_code for answer in answers] == [202] * 20 + [429]
    assert refusal(answers[-1]) == (429, "too_many_codes")
    assert 500 < int(answers[-1].headers["retry-after"]) <= 600
    assert (await asked(replicas, address="2001:db8:0:8::1", phone=number(30))).status_code == 202
    await replicas.owner.execute(AGE, timedelta(minutes=10))
    assert (await asked(replicas, address=addresses[0], phone=number(31))).status_code == 202


async def test_what_one_number_costs_an_address_does_not_tell_whether_it_got_a_code(
    replicas: Replicas,
) -> None:
    """Else who asks until 429 comes could count how many of the answers were codes."""
    answers = [await asked(replicas, phone=number(1)) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [202] * 20 + [429]


async def test_no_more_is_spent_in_a_day_than_the_cap(
    replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    for replica in replicas.both:
        monkeypatch.setattr(replica.runtime.settings, "codes_mad_a_day", 3)
    answers = [
        await asked(replicas, n % 2, phone=number(n), fair_id=FAIR, language="fr") for n in range(8)
    ]
    assert [answer.status_code for answer in answers] == [202] * 6 + [429] * 2
    assert await replicas.owner.fetchval("select sum(cost_mad) from codes") == 3


async def test_ten_thousand_numbers_from_five_hundred_addresses_get_few_codes_and_an_alarm(
    replicas: Replicas,
) -> None:
    chance = random.Random(14)
    numbers = [f"06{chance.randrange(10**8):08}" for _ in range(10_000)]
    addresses = [f"198.51.{n // 250}.{n % 250 + 1}" for n in range(500)]

    async def pump(replica: Runtime, share: Sequence[str]) -> int:
        got = 0
        for n, phone in enumerate(share):
            context = CommandContext(command_id_of("service:pump", f"{phone}{n}"), "service:pump")
            fair = (FAIR, *OTHERS, None)[n % 4]
            with suppress(Problem):
                await handlers.ask(replica, context, phone, addresses[n % 500], None, fair)
                got += 1
        return got

    def refused() -> float:
        names = ("all", "fair", "spend", "prefix")
        return sum(
            REGISTRY.get_sample_value("maarid_codes_total", {"outcome": name}) or 0
            for name in names
        )

    before = refused()
    with capture_logs() as lines:
        first, second = (replica.runtime for replica in replicas.both)
        at_each = await asyncio.gather(
            *(pump(first, numbers[n:5000:4]) for n in range(4)),
            *(pump(second, numbers[5000 + n :: 4]) for n in range(4)),
        )
    sent_ = await replicas.owner.fetchval("select count(*) from codes where granted")
    assert sent_ <= 300
    # All that fits was given out, by both of them.
    assert sent_ == sum(at_each) >= 240
    assert min(sum(at_each[:4]), sum(at_each[4:])) > 0
    messages = """
    select count(*) from log.events as e join codes as c on e.stream = 'message-' || c.code_id
    """
    assert await replicas.owner.fetchval(messages) == sent_
    # The table does not grow with what is refused.
    assert await replicas.owner.fetchval("select count(*) from codes") <= 300

    alarms = [line for line in lines if line["event"] == "codes.limit_reached"]
    assert {line["limit"] for line in alarms} >= {"all"}
    assert {line["log_level"] for line in alarms} == {"error"}
    assert len(alarms) <= 8
    assert refused() - before >= 9_000
    assert not any(phone[1:] in str(lines) for phone in numbers)


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
