"""What two replicas are asked for codes, and what stands in their tables then."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx

from services.notifications.codes import handlers
from services.notifications.messages.workers.dispatcher import MessageDispatcher
from services.notifications.networks.carriers import only
from services.notifications.networks.rows import PocketPhone
from tests.integration.replicas.two_replicas import Replicas
from tests.running_service import uid

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
    phone = only(PocketPhone(runtime.pool, runtime.clock))
    # Longer than any test: what is urgent does not wait for it.
    await MessageDispatcher(runtime, phone, 3600.0, asked_for=handlers.to_send).send_round()


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
