"""SMS by SMPP with an SMSC that others wrote, on good and bad days; and who may speak with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
import smsutil  # pyright: ignore[reportMissingTypeStubs]

from chassis.postgres.database import Pool
from chassis.process.tasks import end
from services.notifications.networks import smpp, workers
from services.notifications.networks.network import (
    Denied,
    NotTaken,
    Receipt,
    Reported,
    Said,
    Throttled,
    Unanswered,
)
from services.notifications.networks.smpp import Smpp, SmppAccount, short_reference
from services.notifications.networks.workers import keep_account
from services.notifications.replies.rows import inbox
from tests.conftest import Databases
from tests.integration.notifications.outgoing import NUMBER, outgoing
from tests.integration.notifications.peers.smsc import Smsc, smsc_runs
from tests.integration.notifications.replying import replying
from tests.waiting import eventually, until


@pytest.fixture(scope="module")
def running_smsc() -> Generator[Smsc]:
    with smsc_runs() as smsc:
        yield smsc


@pytest.fixture
async def smsc(running_smsc: Smsc) -> Smsc:
    """It behaves well, and has forgotten what it was sent."""
    await running_smsc.behave()
    await running_smsc.tell("forget")
    return running_smsc


def account(smsc: Smsc, password: str = "secret-7") -> SmppAccount:
    return SmppAccount("127.0.0.1", smsc.port, "maarid", password, "Maarid")


@asynccontextmanager
async def session(
    smsc: Smsc, *, seconds: float = 5, bound: bool = True, password: str = "secret-7"
) -> AsyncGenerator[tuple[Smpp, list[Reported | Said]]]:
    """A network with its session, and what the SMSC says by itself."""
    said: list[Reported | Said] = []

    async def tell(more: Sequence[Reported | Said]) -> None:
        said.extend(more)

    network = Smpp(account(smsc, password), seconds)
    network.allow(120)
    running = asyncio.create_task(network.run(tell))
    try:
        if bound:
            await until(lambda: network.ready, "the session is bound", 20)
        yield network, said
    finally:
        await end(running)


async def test_a_text_is_taken_under_our_reference_and_its_receipt_comes(smsc: Smsc) -> None:
    async with session(smsc) as (network, said):
        sent = outgoing("Votre stand est le P-012.")
        receipt = await network.send(sent)
        (taken,) = await smsc.submitted()
        assert receipt == Receipt("accepted", network_id=taken["id"])
        assert (taken["from"], taken["to"], taken["text"]) == ("Maarid", NUMBER[1:], sent.text)
        assert (taken["coding"], taken["receipt"]) == (0, 1)
        assert taken["reference"] == short_reference(sent.reference)
        await smsc.tell("receipt", id=taken["id"], state="DELIVRD", to=NUMBER[1:], reference=7)
        await until(lambda: bool(said), "the receipt came")
        assert said == [Reported(Receipt("delivered", network_id=taken["id"]), short=7)]


@pytest.mark.parametrize(
    ("text", "coding"),
    [("Le stand de la coopérative. " * 8, 0), ("رواق التعاونية في المعرض. " * 8, 8)],
)
async def test_a_long_text_is_split_as_it_was_counted(smsc: Smsc, text: str, coding: int) -> None:
    async with session(smsc) as (network, _):
        receipt = await network.send(outgoing(text))
    parts = await smsc.submitted()
    assert len(parts) == len(smsutil.split(text).parts) > 1  # pyright: ignore
    assert "".join(part["text"] for part in parts) == text
    assert {part["coding"] for part in parts} == {coding}
    assert [part["part"] for part in parts] == [*range(1, len(parts) + 1)]
    assert {part["parts"] for part in parts} == {len(parts)}
    assert len({part["group"] for part in parts}) == 1
    assert [part["receipt"] for part in parts] == [0] * (len(parts) - 1) + [1]
    assert receipt.network_id == parts[-1]["id"]


@pytest.mark.parametrize("status", [0x58, 0x14])
async def test_an_smsc_that_throttles_is_waited_for(smsc: Smsc, status: int) -> None:
    await smsc.behave(status=status)
    async with session(smsc) as (network, _):
        with pytest.raises(Throttled):
            await network.send(outgoing())
        await smsc.behave()
        assert (await network.send(outgoing())).outcome == "accepted"


async def test_a_refused_number_will_not_be_reached(smsc: Smsc) -> None:
    await smsc.behave(status=0x0B)
    async with session(smsc) as (network, _):
        assert await network.send(outgoing()) == Receipt("failed", "unreachable_number")


async def test_an_smsc_with_trouble_of_its_own_has_not_taken_the_text(smsc: Smsc) -> None:
    await smsc.behave(status=0x08)
    async with session(smsc) as (network, _):
        with pytest.raises(NotTaken):
            await network.send(outgoing())


async def test_refused_credentials_are_told_apart(smsc: Smsc) -> None:
    async with session(smsc, bound=False, password="wrong") as (network, _):

        async def refused() -> str:
            try:
                await network.send(outgoing())
            except NotTaken as error:
                return type(error).__name__
            return ""

        assert await eventually(refused, lambda name: name == Denied.__name__, 20)
    assert await smsc.submitted() == []


async def test_a_text_without_an_answer_may_have_been_taken(smsc: Smsc) -> None:
    await smsc.behave(answers=False)
    async with session(smsc, seconds=0.5) as (network, _):
        with pytest.raises(Unanswered):
            await network.send(outgoing())
    assert len(await smsc.submitted()) == 1


async def test_a_session_that_ends_over_many_texts_sends_none_of_them_twice(smsc: Smsc) -> None:
    async with session(smsc) as (network, _):
        await smsc.behave(answers=False)
        sending = [asyncio.create_task(network.send(outgoing(f"n{n}"))) for n in range(50)]
        await eventually(smsc.submitted, lambda parts: len(parts) == 50, 20)
        await smsc.behave()
        await smsc.tell("cut")
        results = await asyncio.gather(*sending, return_exceptions=True)
        assert {type(result) for result in results} == {Unanswered}
        await until(lambda: network.ready, "it is bound again", 20)
        assert (await network.send(outgoing("after"))).outcome == "accepted"
    texts = [part["text"] for part in await smsc.submitted()]
    assert sorted(texts) == sorted([*(f"n{n}" for n in range(50)), "after"])


async def test_a_reset_after_the_text_was_taken_leaves_it_unknown(smsc: Smsc) -> None:
    await smsc.behave(disconnect=True)
    async with session(smsc) as (network, _):
        with pytest.raises(Unanswered):
            await network.send(outgoing())
        assert not network.ready
        with pytest.raises(NotTaken):
            await network.send(outgoing())
    assert len(await smsc.submitted()) == 1


async def test_a_receipt_with_dates_of_its_own_ends_no_session(smsc: Smsc) -> None:
    await smsc.behave(dates="the day before")
    async with session(smsc) as (network, said):
        for state in ("UNDELIV", "EXPIRED", "PONDERED", "ENROUTE"):
            await smsc.tell("receipt", id="m1", state=state, to=NUMBER[1:])
        await until(lambda: len(said) == 3, "three receipts came")
        assert said == [
            Reported(Receipt("failed", "unreachable_number", "m1")),
            Reported(Receipt("failed", "expired", "m1")),
            Reported(Receipt("accepted", network_id="m1")),
        ]
        assert network.ready


async def test_a_part_that_cannot_be_written_ends_no_other(smsc: Smsc) -> None:
    async with session(smsc) as (network, _):
        with pytest.raises(NotTaken):
            await network.send(outgoing(phone="+2126é"))
        assert (await network.send(outgoing())).outcome == "accepted"


async def test_what_a_person_writes_is_read(smsc: Smsc) -> None:
    async with session(smsc) as (_, said):
        await smsc.tell("write", **{"from": NUMBER[1:]}, text="STOP")
        await until(lambda: bool(said), "it came")
        (one,) = said
        assert isinstance(one, Said)
        assert (one.phone, one.text) == (NUMBER, "STOP")


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (1, Receipt("accepted", network_id="m-7")),
        (2, Receipt("delivered", network_id="m-7")),
        (3, Receipt("failed", "expired", "m-7")),
        (5, Receipt("failed", "unreachable_number", "m-7")),
        (8, Receipt("failed", "refused", "m-7")),
        (7, None),
        ("refuses", None),
        (None, None),
    ],
)
async def test_an_smsc_is_asked_for_a_text_and_may_say_nothing(
    smsc: Smsc, state: int | str | None, says: Receipt | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smpp, "QUERY_SECONDS", 5.0 if state is not None else 0.3)
    await smsc.behave(**({} if state is None else {"query": state}))
    async with session(smsc) as (network, _):
        assert await network.look_up(str(uuid4()), "m-7") == says
        asked = (await smsc.tell("look"))["queried"]
        assert asked == [{"id": "m-7", "from": "Maarid", "kind": 5}]
        # Without the SMSC's id nothing can be asked; and the session goes on.
        assert await network.look_up(str(uuid4()), None) is None
        assert (await network.send(outgoing())).outcome == "accepted"


async def test_who_has_no_session_cannot_ask(smsc: Smsc) -> None:
    with pytest.raises(NotTaken):
        await Smpp(account(smsc)).look_up(str(uuid4()), "m-7")


# One session an account


async def test_one_replica_speaks_and_another_takes_over(
    smsc: Smsc, database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "RENEW_SECONDS", 0.2)
    monkeypatch.setattr(workers, "LEASE_SECONDS", 4.0)

    async def sessions() -> int:
        return (await smsc.tell("look"))["sessions"]

    async with replying(database) as service:
        pool: Pool = service.runtime.pool
        networks = [Smpp(account(smsc)), Smpp(account(smsc))]
        kept = [asyncio.create_task(keep_account(pool, each, inbox.put)) for each in networks]
        await until(lambda: any(each.ready for each in networks), "one is bound", 20)
        for _ in range(20):
            assert sum(each.allowed for each in networks) == 1
            assert await sessions() == 1
            await asyncio.sleep(0.05)
        speaking = 0 if networks[0].ready else 1
        with pytest.raises(NotTaken):
            await networks[1 - speaking].send(outgoing())
        await end(kept[speaking])
        await until(lambda: networks[1 - speaking].ready, "the other is bound", 20)
        assert not networks[speaking].allowed
        await end(kept[1 - speaking])


async def test_who_cannot_renew_stops_before_another_may_begin(
    smsc: Smsc, database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "RENEW_SECONDS", 0.2)
    monkeypatch.setattr(workers, "LEASE_SECONDS", 3.0)
    async with replying(database) as service:
        pool: Pool = service.runtime.pool
        network = Smpp(account(smsc))
        kept = asyncio.create_task(keep_account(pool, network, inbox.put))
        await until(lambda: network.ready, "it is bound", 20)
        await pool.execute(
            "update leases set holder = $1, until = now() + interval '1 hour'", uuid4()
        )
        await until(lambda: not network.ready, "it has stopped", 20)
        with pytest.raises(NotTaken):
            await network.send(outgoing())
        await end(kept)
        assert await pool.fetchval("select count(*) from leases") == 1  # The other's stays.


async def test_receipts_go_by_the_inbox_to_their_attempts(smsc: Smsc, database: Databases) -> None:
    await smsc.behave(early=True)
    async with replying(database) as service:
        network = Smpp(account(smsc))
        kept = asyncio.create_task(keep_account(service.runtime.pool, network, inbox.put))
        await until(lambda: network.ready, "it is bound", 20)
        contact = await service.contact()
        sent = outgoing()
        receipt = await network.send(sent)  # Its receipt has come before this answer.
        await eventually(service.inbox, lambda count: count == 1)
        await service.work()
        message, _ = await service.asked(
            contact, network="smpp", network_id=receipt.network_id or ""
        )
        await service.runtime.pool.execute("update inbox set due = now()")
        await service.work()
        assert (await service.events(f"message-{message}"))[-1] == "message_delivered.v1"
        await end(kept)


async def test_a_receipt_finds_its_attempt_by_two_bytes_of_our_reference(
    smsc: Smsc, database: Databases
) -> None:
    async with replying(database) as service:
        contact = await service.contact()
        message, reference = await service.asked(contact, network="smpp", network_id="")
        await service.runtime.pool.execute("update attempts set network_id = null")
        short = short_reference(reference)
        report = Reported(Receipt("delivered", network_id="m77"), short=short)
        stranger = Reported(Receipt("failed", "expired", "m78"), short=short ^ 1)
        await inbox.put(service.runtime.pool, "smpp", [report, stranger])
        await service.work()
        assert (await service.events(f"message-{message}"))[2:] == ["message_delivered.v1"]
        assert await service.runtime.pool.fetchval("select network_id from attempts") == "m77"
