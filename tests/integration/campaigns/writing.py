"""Campaigns on two replicas: a fair with exhibitors, what is asked of the replicas, and their work.

Nothing is heard here, so what others would have said stands in the read tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chassis.definition.runtime import Runtime
from services.notifications.campaigns.handlers import to_tell
from services.notifications.campaigns.workers import ask_round
from services.notifications.messages.workers.dispatcher import MessageDispatcher
from services.notifications.networks.carriers import Carriers
from services.notifications.networks.routing import Route
from services.notifications.networks.rows import PocketPhone
from tests.integration.replicas.two_replicas import Replicas
from tests.running_service import uid

FAIR = "ouarzazate-2025"
CANARY = "canari-9d41"
TEXTS = {"ar": f"أحضروا بطائقكم {CANARY}", "fr": f"Apportez vos badges {CANARY}"}
NOON = datetime(2025, 9, 15, 12, tzinfo=UTC)

ADD_FAIR = """
insert into fairs (fair_id, name, timezone, poles)
values ($1, '{"ar": "معرض ورزازات", "fr": "Salon"}', 'Africa/Casablanca', '{}')
on conflict do nothing
"""
EMPTY = """
delete from contacts; delete from exhibitors; delete from organisations; delete from seats;
delete from booth_holders; delete from workshops; delete from sending;
delete from campaign_previews; delete from channels;
delete from erased_contacts; delete from opt_outs; delete from campaign_recipients;
update campaigns set state = 'stopped'; update fairs set cancelled = false
"""
ADD_CONTACT = """
insert into contacts (contact_id, phone, language, second_language, channel, consent, revision)
values ($1, $2, $3, 'ar', $4, $5, 1)
"""
ADD_ORGANISATION = """
insert into organisations (organisation_id, kind, province, name, merged_into)
values ($1, $2, $3, $4, $5)
"""
ADD_EXHIBITOR = """
insert into exhibitors (exhibitor_id, fair_id, organisation_id, contact_id, pole_id, families,
                        programmes)
values ($1, $2, $3, $4, $5, $6, $7)
"""
CROWD = """
with people as (select n, gen_random_uuid() as contact_id
                  from generate_series(1, $2::integer) as n),
     known as (insert into contacts (contact_id, phone, language, second_language, channel, consent,
                                     revision)
               select contact_id, '+2126' || lpad(n::text, 8, '0'), 'fr', 'ar', 'sms', true, 1
                 from people)
insert into exhibitors (exhibitor_id, fair_id, organisation_id, contact_id, pole_id, families,
                        programmes)
select gen_random_uuid(), $1, gen_random_uuid(), contact_id, 'products', '{}', '{}' from people
"""
MESSAGES = """
select contact_id::text, status, reason from messages
 where template = 'campaign' and arguments ->> 'campaign_id' = $1 and not arguments ? 'preview'
"""


async def contact(
    replicas: Replicas, language: str = "fr", channel: str = "sms", *, consent: bool = True
) -> str:
    """Somebody whose record is known, with a number of their own."""
    made = uid()
    phone = f"+2126{UUID(made).int % 10**8:08}"
    await replicas.owner.execute(ADD_CONTACT, made, phone, language, channel, consent)
    return made


async def organisation(
    replicas: Replicas,
    kind: str = "cooperative",
    province: str = "zagora",
    name: str = "Al Amal",
    into: str | None = None,
) -> str:
    made = uid()
    named = f'{{"ar": "تعاونية", "fr": "{name}"}}'
    await replicas.owner.execute(ADD_ORGANISATION, made, kind, province, named, into)
    return made


async def exhibitor(
    replicas: Replicas,
    who: str | None,
    of: str = "",
    pole: str = "products",
    families: Sequence[str] = (),
    programmes: Sequence[str] = (),
    fair: str = FAIR,
) -> str:
    """An exhibitor of a fair, whose contact this is; returns its id."""
    made = uid()
    row = (made, fair, of or uid(), who, pole, list(families), list(programmes))
    await replicas.owner.execute(ADD_EXHIBITOR, *row)
    return made


async def crowd(replicas: Replicas, count: int) -> None:
    """So many exhibitors, each with a contact of its own."""
    await replicas.owner.execute(CROWD, FAIR, count)


def draft_of(texts: Mapping[str, str] = TEXTS, **more: Any) -> dict[str, Any]:
    return {"fair_id": FAIR, "code": "badges", "texts": texts, **more}


async def drafted(replicas: Replicas, at: int = 0, **more: Any) -> Any:
    """A campaign that was drafted, as it is shown."""
    answer = await replicas.send(at, "POST", "/campaigns", draft_of(**more))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def does(replicas: Replicas, campaign: str, what: str, at: int = 0) -> Any:
    """Start, pause, resume or stop a campaign; how it is then."""
    return await replicas.both[at].done(f"/campaigns/{campaign}/{what}")


async def shown(replicas: Replicas, campaign: str) -> Any:
    return await replicas.both[0].get(f"/campaigns/{campaign}")


async def started(replicas: Replicas, **more: Any) -> str:
    campaign = (await drafted(replicas, **more))["campaign_id"]
    await does(replicas, campaign, "start")
    return campaign


async def ask_all(runtime: Runtime) -> int:
    """Ask for all messages that may be asked for now."""
    asked = 0
    while some := await ask_round(runtime):
        asked += some
    return asked


def dispatcher(runtime: Runtime, **more: Any) -> MessageDispatcher:
    phone = PocketPhone(runtime.pool, runtime.clock)
    carriers = Carriers([phone], [Route(phone.name, cost=0.5)])
    return MessageDispatcher(runtime, carriers, 0.0, campaigns=to_tell, **more)


async def send_all(runtime: Runtime) -> None:
    """Send all that can be sent now."""
    sending = dispatcher(runtime)
    while await sending.send_round():
        pass


async def statuses(replicas: Replicas, campaign: str) -> Counter[str]:
    """The messages of a campaign, counted by status, or by why they failed."""
    rows = await replicas.owner.fetch(MESSAGES, campaign)
    return Counter(row["reason"] or row["status"] for row in rows)


async def texts_of(replicas: Replicas, who: str) -> list[str]:
    rows = await replicas.owner.fetch(
        "select text from phone_messages where contact_id = $1 order by number", who
    )
    return [row["text"] for row in rows]
