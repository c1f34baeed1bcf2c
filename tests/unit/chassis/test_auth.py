"""Tokens: only those of our issuer, for us, signed and in time."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from fastapi import Request
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from chassis.answers.problems import Problem
from chassis.edge.auth import ISSUED, Allow, Caller, Role, Verifier
from chassis.kafka import envelope
from chassis.process.issuers import IssuedRole, Issuer

KEY = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
KEY.ensure_kid()
OTHER = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
OTHER.ensure_kid()


@pytest.fixture
def verifier(tmp_path: Path) -> Verifier:
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    others = tmp_path / "others.json"
    others.write_text(json.dumps({"keys": [OTHER.as_dict(private=False)]}))
    return Verifier(
        (
            Issuer(
                issuer="https://login.example",
                audience="maarid",
                jwks_url=jwks.as_uri(),
                roles=frozenset(get_args(IssuedRole)),
            ),
            Issuer(
                name="town",
                issuer="https://town.example",
                audience="fairs",
                jwks_url=others.as_uri(),
                roles_claim="realm_access.roles",
                roles=frozenset({"steward", "exhibitor"}),
            ),
        )
    )


def token(key: ECKey = KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
    claims = {
        "iss": "https://login.example",
        "aud": "maarid",
        "sub": "u1",
        "exp": int(time.time()) + 600,
        "roles": ["organiser"],
        **changes,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(
        {"alg": "ES256", "kid": key.kid, **(header or {})}, claims, key, algorithms=["ES256"]
    )


async def test_a_good_token_says_who_calls(verifier: Verifier) -> None:
    caller = await verifier.verify(token(organisation_id="o1", roles=["exhibitor", "magician"]))
    assert caller == Caller("u1", frozenset({Role.EXHIBITOR}), "o1", None)
    assert caller.actor == "exhibitor:u1"


@pytest.mark.parametrize(
    "bad",
    [
        token(exp=int(time.time()) - 3600),
        token(exp=None),
        token(iss="https://other.example"),
        token(iss=None),
        token(aud="somebody-else"),
        token(aud=None),
        token(sub=None),
        token(roles="organiser"),
        token(key=OTHER),
        token(header={"typ": "logout+jwt"}),
        jwt.encode(
            {"alg": "HS256"}, {"sub": "u1"}, OctKey.import_key("x" * 32), algorithms=["HS256"]
        ),
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1MSJ9.",
        "not a token",
    ],
)
async def test_any_other_token_is_refused(verifier: Verifier, bad: str) -> None:
    with pytest.raises(Problem) as caught:
        await verifier.verify(bad)
    assert (caught.value.status, caught.value.code) == (401, "token_invalid")


def of_the_town(**changes: Any) -> str:
    given: dict[str, Any] = {
        "iss": "https://town.example",
        "aud": "fairs",
        "roles": None,
        "key": OTHER,
    }
    given["realm_access"] = {"roles": ["exhibitor", "magician"]}
    return token(**(given | changes))


async def test_a_further_issuers_subjects_are_not_those_of_the_first(verifier: Verifier) -> None:
    ours = await verifier.verify(token(roles=["exhibitor"]))
    caller = await verifier.verify(of_the_town(organisation_id="o1"))
    assert caller == Caller("u1", frozenset({Role.EXHIBITOR}), "o1", None, "town")
    assert (ours.actor, caller.actor) == ("exhibitor:u1", "exhibitor@town:u1")
    # Whatever the first issuer calls somebody, it is nobody of the town's.
    for subject in ("town:u1", "@town:u1", "u1@town"):
        other = await verifier.verify(token(roles=["exhibitor"], sub=subject))
        assert other.actor != caller.actor
    assert envelope._role_of(caller.actor) == envelope._role_of(ours.actor) == "exhibitor"  # pyright: ignore[reportPrivateUsage]


async def test_a_token_of_a_further_issuer_without_roles_has_none(verifier: Verifier) -> None:
    for claims in ({}, {"roles": None}, None):
        assert (await verifier.verify(of_the_town(realm_access=claims))).roles == frozenset()


@pytest.mark.parametrize(
    "bad",
    [
        of_the_town(realm_access={"roles": ["organiser"]}),
        of_the_town(realm_access={"roles": ["exhibitor", "auditor"]}),
        of_the_town(realm_access={"roles": "exhibitor"}),
        of_the_town(realm_access=["exhibitor"]),
        of_the_town(aud="maarid"),
        of_the_town(key=KEY),
        of_the_town(iss="https://login.example"),
        of_the_town(exp=int(time.time()) - 3600),
        "e30.W10.e30",
        "e30.e30.e30",
        "e30.%%%.e30",
    ],
)
async def test_an_issuer_may_say_what_it_is_trusted_with_alone(
    verifier: Verifier, bad: str
) -> None:
    with pytest.raises(Problem) as caught:
        await verifier.verify(bad)
    assert (caught.value.status, caught.value.code) == (401, "token_invalid")


def test_what_issuers_may_be_trusted_with_are_the_roles_that_tokens_name() -> None:
    assert {*get_args(IssuedRole)} == {str(role) for role in ISSUED}


async def test_a_token_is_refused_once_it_has_expired_though_it_was_known(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = token()
    await verifier.verify(known)
    later = time.time() + 700
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(Problem):
        await verifier.verify(known)


async def test_a_route_gets_only_the_roles_that_open_it(verifier: Verifier) -> None:
    app = SimpleNamespace(state=SimpleNamespace(verifier=verifier, authenticators={}))
    bearer = f"Bearer {token(roles=['auditor', 'exhibitor'], organisation_id='o1')}"
    headers = [(b"authorization", bearer.encode())]
    request = Request({"type": "http", "app": app, "headers": headers})
    policy = Allow(Role.ORGANISER, Role.EXHIBITOR)
    acting = await policy(request)
    assert acting == Caller("u1", frozenset({Role.EXHIBITOR}), "o1", None)
    assert request.state.acting == acting
    assert request.state.caller.roles == {Role.EXHIBITOR, Role.AUDITOR}
    with pytest.raises(Problem, match="role_missing"):
        await Allow(Role.STEWARD)(request)
    # What one policy has allowed opens no route of another; the same one is not asked again.
    app.state.verifier = None
    assert await policy(request) is acting
    with pytest.raises(AttributeError):
        await Allow(Role.EXHIBITOR)(request)


TEAM = frozenset({Role.ORGANISER, Role.SERVICE})


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("own", [True, False], ids=["its own", "another"])
def test_to_read_of_an_organisation_or_a_fair_is_not_yet_to_act_there(
    role: Role, own: bool
) -> None:
    caller = Caller("u1", frozenset({role}), "o1", "f1")
    organisation, fair = ("o1", "f1") if own else ("o2", "f2")
    acts_for = role in TEAM or (own and role is Role.EXHIBITOR)
    acts_at = role in TEAM or (own and role in (Role.STEWARD, Role.DEVICE))
    assert caller.may_act_for(organisation) == acts_for
    assert caller.may_act_at(fair) == acts_at
    assert caller.may_read(organisation) == (acts_for or role is Role.AUDITOR)
    assert caller.may_read_fair(fair) == (acts_at or role is Role.AUDITOR)


def test_a_caller_without_an_organisation_acts_for_none() -> None:
    caller = Caller("u1", frozenset({Role.EXHIBITOR, Role.STEWARD}))
    assert not caller.may_read(None)
    assert not caller.may_read("o1")
    assert not caller.may_read_fair("f1")
