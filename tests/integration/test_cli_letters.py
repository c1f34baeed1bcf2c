"""Dead letters are retried and dropped by somebody, and that stays known."""

from __future__ import annotations

import os
import pwd
from typing import Any

import asyncpg
import pytest

from cli import letters
from cli.definitions import definition_of
from cli.operator import operator
from servers import Addresses
from services import SERVICES
from tests.conftest import Databases
from tests.running_service import connected, migrated

LETTER = """
insert into log.dead_letters (topic, kafka_partition, kafka_offset, stream, version, type, headers,
                              reason)
values ('scheduling.events.v1', 0, 7, 'programme-x', 3, 'a.b.v1', '{}', 'not JSON') returning id
"""


async def made(database: Databases) -> tuple[Addresses, str]:
    """One database that stands for those of all services, and its low-privilege DSN."""
    owner, service = await migrated(database, definition_of("ticketing"))
    return Addresses("nowhere:1", dict.fromkeys(SERVICES, owner), {}, None), service


async def asked(dsn: str, query: str) -> Any:
    async with connected(dsn) as db:
        return await db.fetchval(query)


async def test_the_operator_who_drops_a_letter_is_known_afterwards(
    database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, service = await made(database)
    owner = where.owner_dsn["ticketing"]
    name = f"ticketing:{await asked(owner, LETTER)}"
    account = pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.delenv("MAARID_OPERATOR", raising=False)
    await letters.wish(where, name, "retry")
    monkeypatch.setenv("MAARID_OPERATOR", "amina")
    await letters.wish(where, name, "drop")
    assert await asked(owner, "select wish from log.dead_letters") == "drop"
    await asked(owner, "delete from log.dead_letters")
    with pytest.raises(letters.UnknownLetter):
        await letters.wish(where, name, "drop")
    told = [row for of, row in await letters.interventions(where) if of == "ticketing"]
    assert [(row["wish"], row["operator"], row["os_user"]) for row in told] == [
        ("retry", None, account),
        ("drop", "amina", account),
    ]
    assert [(row["stream"], row["version"], row["type"]) for row in told] == [
        ("programme-x", 3, "a.b.v1")
    ] * 2
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asked(service, "delete from log.interventions")


def test_an_operator_is_named_by_the_setting_or_by_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "hassan")
    monkeypatch.delenv("MAARID_OPERATOR", raising=False)
    assert operator().name == "hassan"
    monkeypatch.setenv("MAARID_OPERATOR", "amina\udcff" + "x" * 1000)
    name = operator().name
    assert name is not None
    assert (name[:6], len(name)) == ("amina?", 200)


def test_an_account_without_a_name_is_known_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    assert operator().account == "4000000"
