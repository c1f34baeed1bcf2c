"""Every role, and every pair of roles, on every route of all four services.

What somebody with two roles may do is what each of them may do alone, and no more.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations, product
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio
from joserfc import jwt

from chassis.edge.auth import Role
from chassis.process.settings import DEVELOPMENT_ISSUER
from chassis.running.service import create
from cli import launch
from cli.definitions import definition_of
from services import SERVICES
from tests.architecture.operations import LETTERS, SETTINGS, policies_in
from tests.running_service import connected, text, uid
from tests.system.bodies import (
    BODIES,
    FLOOR,
    LATER,
    NOW,
    ORGANISATION,
    PEOPLE,
    PERSON,
    RULES,
    SESSION,
    WEARER,
    announcement,
)
from tests.waiting import eventually

pytestmark = pytest.mark.system

SINGLE = [frozenset[Role](), *(frozenset({role}) for role in Role)]
PAIRS = [frozenset(pair) for pair in combinations(Role, 2)]
REFUSED = {401, 403, 404}
"""What somebody hears who may not.  A rule of the fair that speaks against it is a 409."""
OUR, THEIR = "ours", "theirs"
AT_ONCE = 12
OF_WHO_ASKED = (
    *("GET /jobs/{job_id}", "POST /jobs/{job_id}/stop"),
    *("POST /devices/pair", "GET /gate/{name}"),
    *("POST /hooks/{channel}", "GET /hooks/{channel}"),
    *("POST /answers/{token}", "GET /answers/{token}"),
)
"""Not a matter of roles alone: tests/integration/chassis/test_jobs_http.py, of ticketing
test_ticketing_devices.py and tests/unit/ticketing/test_ticketing_page.py, and of notifications
test_hooks.py and test_links.py."""
LAST = ("DELETE /contacts/{contact_id}", "POST /fairs/{fair_id}/cancel")
QUERIES: Mapping[str, Sequence[str]] = {
    "GET /fairs/{fair_id}/applications": ("", "organisation_id={organisation_id}"),
}
OF_ONE_APPLICATION = ("{application_id}", "{exhibitor_id}", "{wearer_id}", "{offer_id}")
OF_ONE_FAIR = (
    *("{fair_id}", "{session_id}", "{seat_id}", "{ticket_id}", "{device_id}"),
    *OF_ONE_APPLICATION,
)
OF_ONE_ORGANISATION = ("{organisation_id}", "{contact_id}", "{seat_id}", *OF_ONE_APPLICATION)


@dataclass(frozen=True)
class Case:
    """One request, and whose business it is; empty where it is nobody's in particular."""

    service: str
    route: str
    path: str
    body: Any
    policy: frozenset[str]
    fair: str
    organisation: str

    def open_to(self, roles: Iterable[Role]) -> bool:
        """Whether one of these roles alone may do it, or everybody."""
        return "*" in self.policy or any(self._opened_by(role) for role in roles)

    def _opened_by(self, role: Role) -> bool:
        """The rules in words: an exhibitor for its organisation, a steward at its fair, a device
        by no token of the issuer."""
        if LETTERS[role] not in self.policy or role is Role.DEVICE:
            return False
        if role is Role.EXHIBITOR:
            return self.organisation != THEIR
        return role is not Role.STEWARD or self.fair != THEIR


@dataclass
class Ground:
    """Two fairs, and in each of them two organisations with all that a route can name."""

    system: launch.System
    http: httpx.AsyncClient
    ids: dict[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])
    """By placeholder, fair and organisation; empty where it is not of one."""

    def token(self, roles: Iterable[Role]) -> str:
        """A token with these roles, of our organisation and our fair."""
        claims = {
            "iss": DEVELOPMENT_ISSUER,
            "aud": "maarid",
            "sub": "-and-".join(sorted(roles)),
            "exp": int(time.time()) + 3600,
            "roles": sorted(roles),
            "organisation_id": self.ids["organisation_id", "", OUR],
            "fair_id": self.ids["fair_id", OUR, ""],
        }
        key = self.system.issuer.key
        header = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid}
        return jwt.encode(header, claims, key, algorithms=["ES256"])

    async def ask(
        self, service: str, method: str, path: str, body: Any, token: str
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}", "idempotency-key": uid()}
        url = self.system.urls[service] + path
        # A text is a file, and is sent as it is.
        sent: dict[str, Any] = {"content": body} if isinstance(body, str) else {"json": body}
        return await self.http.request(method, url, headers=headers, **sent)

    async def made(self, service: str, path: str, body: Any) -> dict[str, Any]:
        """Made by the team, once the service has heard of what it needs."""
        token = self.system.token("organiser")
        answer = await eventually(
            lambda: self.ask(service, "POST", path, body, token),
            lambda answer: answer.status_code != 404,
        )
        assert answer.is_success, answer.text
        return answer.json()

    def filled(self, value: Any, fair: str, organisation: str) -> Any:
        """A path or a body with ids in place of its placeholders."""
        told = value if isinstance(value, str) else json.dumps(value)
        told = told.replace("{new}", f"fair-{uuid4().hex[:8]}")
        for (name, of_fair, of_organisation), id_ in self.ids.items():
            if of_fair in ("", fair) and of_organisation in ("", organisation):
                told = told.replace(f"{{{name}}}", id_)
        return told if isinstance(value, str) else json.loads(told)

    def cases(self, *, reading: bool) -> list[Case]:
        """Every request to every route: on our fair and theirs, for us and for others."""
        cases: list[Case] = []
        for service in SERVICES:
            policies = policies_in(create(definition_of(service), SETTINGS))
            for (method, path), policy in policies.items():
                route = f"{method} {path}"
                if (method == "GET") == reading and route not in OF_WHO_ASKED:
                    for query in QUERIES.get(route, ("",)):
                        full = f"{path}?{query}" if query else path
                        cases += self._of_route(service, route, full, policy)
        # After these nothing can be done any more, and erased persons are unknown to ticketing.
        return sorted(cases, key=lambda case: case.route in LAST)

    def _of_route(
        self, service: str, route: str, path: str, policy: frozenset[str]
    ) -> Iterable[Case]:
        body = None if route.startswith("GET") else BODIES[route]
        told = path + json.dumps(body)
        fairs = (OUR, THEIR) if any(name in told for name in OF_ONE_FAIR) else ("",)
        whose = (OUR, THEIR) if any(name in told for name in OF_ONE_ORGANISATION) else ("",)
        for fair, organisation in product(fairs, whose):
            # Where only one of the two matters, any will do for the rest.
            at = self.filled(path, fair or OUR, organisation or OUR)
            sent = self.filled(body, fair or OUR, organisation or OUR)
            yield Case(service, route, at, sent, policy, fair, organisation)


async def prepared(ground: Ground) -> None:
    ids = ground.ids
    ids["name", "", ""] = "maarid.ticketing.SeatReserved.v1.json"
    ids["code", "", ""] = "honey"
    ids["other_id", "", ""] = str(uuid4())
    await ground.made("registration", "/families/standard", None)
    for fair in (OUR, THEIR):
        fair_id = ids["fair_id", fair, ""] = f"fair-{uuid4().hex[:8]}"
        await ground.made("registration", "/fairs", announcement(fair_id))
        call = {"closes_at": LATER}
        await ground.made("registration", f"/fairs/{fair_id}/call/open", call)
        await ground.made("registration", f"/fairs/{fair_id}/selection/rules", RULES)
        taken_in = await ground.made("registration", f"/fairs/{fair_id}/intakes", "Nom;Province")
        ids["intake_id", fair, ""] = taken_in["intake_id"]
        await ground.made(
            "scheduling",
            f"/fairs/{fair_id}/halls",
            {"hall_id": "tent", "name": text("Tente"), "capacity": 99},
        )
        await ground.made("scheduling", f"/fairs/{fair_id}/floor-plan", FLOOR)
        session = {**SESSION, "seats": 50}
        made = await ground.made("scheduling", f"/fairs/{fair_id}/sessions", session)
        ids["session_id", fair, ""] = made["session_id"]
        drafts, moving = f"/fairs/{fair_id}/timetables", {"moving": [made["session_id"]]}
        drafted = await ground.made("scheduling", drafts, moving)
        ids["timetable_id", fair, ""] = drafted["timetable_id"]
        ticket = {"kind": "visitor", "day": "2090-09-18", "party": 1}
        issued = await ground.made("ticketing", f"/fairs/{fair_id}/tickets", ticket)
        ids["ticket_id", fair, ""] = issued["ticket_id"]
        phone = {"label": "phone 3", "gate_id": "north"}
        known = await ground.made("ticketing", f"/fairs/{fair_id}/devices", phone)
        ids["device_id", fair, ""] = known["device_id"]
        ids["filler", fair, ""] = await exhibiting_alone(ground, fair_id)
    for whose in (OUR, THEIR):
        contact = {**PERSON, "role": "chair", "consent": True}
        enrolled = await ground.made(
            "registration", "/organisations", {**ORGANISATION, "contact": contact}
        )
        ids["organisation_id", "", whose] = enrolled["organisation_id"]
        ids["contact_id", "", whose] = enrolled["contact_id"]
        for fair in (OUR, THEIR):
            wanted = {"organisation_id": enrolled["organisation_id"], "pole_id": "products"}
            fair_id = ids["fair_id", fair, ""]
            applied = await ground.made(
                "registration", f"/fairs/{fair_id}/applications", {**wanted, "people": 2}
            )
            ids["application_id", fair, whose] = applied["application_id"]
            ids["exhibitor_id", fair, whose] = applied["application_id"]
            decision = f"/fairs/{fair_id}/applications/{applied['application_id']}/waitlist"
            await ground.made("registration", decision, {"reason": "no_place"})
    for fair in (OUR, THEIR):
        await place_offered_to_both(ground, fair)
    for whose in (OUR, THEIR):
        for fair in (OUR, THEIR):
            session = ids["session_id", fair, ""]
            people = ground.filled(PEOPLE, fair, whose)
            wearer = await ground.made("registration", people, WEARER)
            ids["wearer_id", fair, whose] = wearer["wearer_id"]
            seat = await ground.made(
                "ticketing",
                f"/workshops/{session}/seats",
                dict.fromkeys(("attendee_id", "contact_id"), ids["contact_id", "", whose]),
            )
            ids["seat_id", fair, whose] = seat["seat_id"]
    ids["booth_id", "", ""] = "P-001"
    await heard(ground)


async def exhibiting_alone(ground: Ground, fair_id: str) -> str:
    """An organisation that has taken all places."""
    enrolled = await ground.made("registration", "/organisations", ORGANISATION)
    wanted = {"organisation_id": enrolled["organisation_id"], "pole_id": "products", "booths": 10}
    applications = f"/fairs/{fair_id}/applications"
    applied = await ground.made("registration", applications, {**wanted, "people": 2})
    accept = f"{applications}/{applied['application_id']}/accept"
    await ground.made("registration", accept, {"reason": "selected"})
    return applied["application_id"]


async def place_offered_to_both(ground: Ground, fair: str) -> None:
    """The places are given back and offered to those who wait, who take them."""
    ids, organiser = ground.ids, ground.system.token("organiser")
    path = f"/fairs/{ids['fair_id', fair, '']}"
    withdraw = f"{path}/applications/{ids['filler', fair, '']}/withdraw"
    await ground.made("registration", withdraw, {"reason": "cannot_come"})
    made = await ground.ask("registration", "GET", f"{path}/offers", None, organiser)
    of = {each["application_id"]: each["offer_id"] for each in made.json()["items"]}
    for whose in (OUR, THEIR):
        offer_id = ids["offer_id", fair, whose] = of[ids["application_id", fair, whose]]
        await ground.made("registration", f"{path}/offers/{offer_id}/accept", None)


async def heard(ground: Ground) -> None:
    """Wait until all services have heard what was prepared, so that lists no longer change."""
    ids, organiser = ground.ids, ground.system.token("organiser")
    exhibitor = ground.system.token("exhibitor", organisation_id=ids["organisation_id", "", OUR])

    async def listed(service: str, path: str, count: int) -> list[Any]:
        answer = await eventually(
            lambda: ground.ask(service, "GET", path, None, organiser),
            lambda answer: len(answer.json()["items"]) == count,
        )
        return answer.json()["items"]

    for fair in (OUR, THEIR):
        path = f"/fairs/{ids['fair_id', fair, '']}"
        await listed("scheduling", f"{path}/exhibitors", 2)
        for whose, booth_id in ((OUR, "P-001"), (THEIR, "P-002")):
            body = {"exhibitor_id": ids["application_id", fair, whose]}
            await ground.made("scheduling", f"{path}/booths/{booth_id}/assign", body)
        them = ground.system.token("exhibitor", organisation_id=ids["organisation_id", "", THEIR])
        swap = {"booth_id": "P-002", "for_booth_id": "P-001"}
        proposed = await ground.ask("scheduling", "POST", f"{path}/swaps", swap, them)
        ids["swap_id", fair, ""] = proposed.json()["swap_id"]
        drafted = await ground.made("scheduling", f"{path}/assignments", {"seconds": 1})
        draft_id = ids["draft_id", fair, ""] = drafted["draft_id"]
        await eventually(
            partial(
                ground.ask, "scheduling", "GET", f"{path}/assignments/{draft_id}", None, organiser
            ),
            lambda answer: answer.json()["state"] == "done",
        )
    contact = ids["contact_id", "", OUR]
    for fair in (OUR, THEIR):
        told = f"/messages?contact_id={contact}&fair_id={ids['fair_id', fair, '']}"
        ids["message_id", fair, ""] = (await listed("notifications", told, 6))[0]["message_id"]
    ids["answer_id", "", ""] = await written(ground, contact)
    for whose in (OUR, THEIR):
        # Two applications received, waitlisted, offered a place and accepted, two booths given, two
        # seats reserved; an offer that was accepted before it was told of is told of no more.
        told = f"/messages?contact_id={ids['contact_id', '', whose]}"
        ids["message_id", "", ""] = (await listed("notifications", told, 12))[0]["message_id"]
        await eventually(
            partial(ground.ask, "notifications", "GET", told, None, organiser),
            lambda answer: (
                {each["status"] for each in answer.json()["items"]} <= {"delivered", "failed"}
            ),
        )
    draft = {"fair_id": ids["fair_id", OUR, ""], "code": "badges", "texts": text("Badges")}
    campaign = await ground.made("notifications", "/campaigns", draft)
    ids["campaign_id", "", ""] = campaign["campaign_id"]
    # Whose seat it is follows from whose contacts sit there, of which ticketing may still hear.
    seat = f"/workshops/{ids['session_id', OUR, '']}/seats/{ids['seat_id', OUR, OUR]}"
    await eventually(
        lambda: ground.ask("ticketing", "GET", seat, None, exhibitor),
        lambda answer: answer.status_code == 200,
    )
    status = await ground.ask("ticketing", "GET", "/status", None, organiser)
    ids["now", "", ""] = status.json()["clock"]


async def written(ground: Ground, contact: str) -> str:
    """Something that a contact has written and nobody has understood; no route says it for them."""
    answer = str(uuid4())
    async with connected(ground.system.addresses.owner_dsn["notifications"]) as db:
        await db.execute(
            "insert into answers (answer_id, contact_id, network, meaning, state, text, at)"
            " values ($1, $2, 'whatsapp', 'unclear', 'open', '?', now())",
            answer,
            contact,
        )
    return answer


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ground(system: launch.System) -> AsyncGenerator[Ground]:
    async with httpx.AsyncClient(timeout=30) as http:
        made = Ground(system, http)
        token = system.token("organiser")
        for service in SERVICES:
            await made.ask(service, "POST", "/clock", {"now": NOW}, token)
        await prepared(made)
        yield made


async def asked(
    ground: Ground, cases: Sequence[Case], roles: frozenset[Role]
) -> list[httpx.Response]:
    """What somebody with these roles hears, case by case."""
    gate, token = asyncio.Semaphore(AT_ONCE), ground.token(roles)

    async def ask(case: Case) -> httpx.Response:
        async with gate:
            method = case.route.partition(" ")[0]
            # Files that are being made, and printers that are busy, ask to come again.
            return await eventually(
                lambda: ground.ask(case.service, method, case.path, case.body, token),
                lambda answer: answer.status_code != 503,
            )

    return await asyncio.gather(*(ask(case) for case in cases))


def wrong(
    cases: Sequence[Case], answers: Sequence[httpx.Response], roles: frozenset[Role]
) -> list[str]:
    """The cases in which somebody may do more, or less, than each of the roles alone."""
    found: list[str] = []
    for case, answer in zip(cases, answers, strict=True):
        assert answer.status_code < 500, (case, answer.text)
        assert answer.status_code not in (400, 422), (case, answer.text)
        may = answer.status_code not in REFUSED
        if may != case.open_to(roles):
            who = " and ".join(sorted(roles))
            found.append(
                f"{who}: {case.route}, fair {case.fair or 'any'}, organisation"
                f" {case.organisation or 'any'}: {answer.status_code} {answer.text[:80]}"
            )
    return found


def items_in(answer: httpx.Response) -> set[str]:
    """What a list shows; empty where it is no list, or refused."""
    if answer.status_code != 200 or "json" not in answer.headers["content-type"]:
        return set()
    items: Iterable[Any] = answer.json().get("items", ())
    return {json.dumps(item, sort_keys=True) for item in items}


async def test_reading_with_two_roles_shows_what_each_of_them_shows_and_no_more(
    ground: Ground,
) -> None:
    cases = ground.cases(reading=True)
    shown: dict[frozenset[Role], list[set[str]]] = {}
    faults: list[str] = []
    for roles in (*SINGLE, *PAIRS):
        answers = await asked(ground, cases, roles)
        faults += wrong(cases, answers, roles)
        shown[roles] = [items_in(answer) for answer in answers]
    assert not faults, "\n".join(["", *faults])
    for roles in PAIRS:
        for number, case in enumerate(cases):
            alone = [shown[frozenset({role})][number] for role in roles]
            assert shown[roles][number] == set.union(*alone), (sorted(roles), case)
    us = ground.ids["organisation_id", "", OUR]
    for case, items in zip(cases, shown[frozenset({Role.EXHIBITOR})], strict=True):
        told = [json.loads(item) for item in items]
        # What another one proposes to us is ours to see as well.
        told = [item for item in told if item.get("for_organisation_id") != us]
        whose = {item.get("organisation_id", us) for item in told}
        assert case.policy == {"*"} or whose <= {us}, case


async def test_acting_with_two_roles_reaches_as_far_as_each_of_them_and_no_further(
    ground: Ground,
) -> None:
    cases = ground.cases(reading=False)
    asks = {case.route for case in cases}
    assert asks == BODIES.keys(), "a route is gone"
    faults: list[str] = []
    acting = [case for case in cases if not case.route.startswith("DELETE")]
    for chosen in (acting, [case for case in cases if case not in acting]):
        for roles in (*SINGLE, *PAIRS):
            faults += wrong(chosen, await asked(ground, chosen, roles), roles)
    assert not faults, "\n".join(["", *faults])


async def test_the_log_names_the_role_that_opened_the_route(ground: Ground) -> None:
    token = ground.token({Role.EXHIBITOR, Role.SERVICE})
    enrolled = await ground.ask("registration", "POST", "/organisations", ORGANISATION, token)
    assert enrolled.status_code == 201, enrolled.text
    db = await asyncpg.connect(ground.system.addresses.owner_dsn["registration"])
    try:
        stream = f"organisation-{enrolled.json()['organisation_id']}"
        actor = await db.fetchval("select actor from log.events where stream = $1", stream)
    finally:
        await db.close()
    assert actor == "service:exhibitor-and-service"
