"""Tokens: only those of our issuer, for us, signed and in time."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from chassis.auth import Caller, Keys, Role, Verifier
from chassis.problems import Problem

KEY = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
KEY.ensure_kid()
OTHER = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
OTHER.ensure_kid()


@pytest.fixture
def verifier(tmp_path: Path) -> Verifier:
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    return Verifier(issuer="https://login.example", audience="maarid", keys=Keys(jwks.as_uri()))


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


async def test_a_token_is_refused_once_it_has_expired_though_it_was_known(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = token()
    await verifier.verify(known)
    later = time.time() + 700
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(Problem):
        await verifier.verify(known)
