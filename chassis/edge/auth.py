"""Who may do what: bearer JWTs of OpenID Connect issuers, and a policy on every route."""

from __future__ import annotations

import asyncio
import base64
import functools
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias, cast
from urllib.parse import unquote, urlsplit

import httpx
import orjson
from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chassis.answers.problems import Problem
from chassis.edge.bodies import Upload
from chassis.process.issuers import Issuer

ALGORITHMS = ["ES256", "RS256"]
TOKEN_TYPES = frozenset({"jwt", "at+jwt"})
KEYS_FRESH_SECONDS = 300.0
REMEMBER_SECONDS = 60.0
"""How long a token that was found valid is not checked again; its expiry always is."""
REMEMBERED_TOKENS = 10_000
KEYS_RETRY_SECONDS = 5.0
LEEWAY_SECONDS = 30


class Role(StrEnum):
    """What a caller is to the fair."""

    ORGANISER = "organiser"
    EXHIBITOR = "exhibitor"
    STEWARD = "steward"
    SERVICE = "service"
    AUDITOR = "auditor"
    DEVICE = "device"
    """A machine that a service itself knows by a token of its own; no issuer gives this role."""


ISSUED = frozenset(Role) - {Role.DEVICE}
"""The roles that the issuer's tokens may name."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking.  An exhibitor belongs to one organisation, a steward or a device to one fair.

    A route is handed only those roles that open it (`as_one_of`), so what it asks here is answered
    by them: somebody who exhibits and audits reads as an auditor where auditors read, and acts as
    the exhibitor alone where auditors may not act.
    """

    subject: str
    roles: frozenset[Role]
    organisation_id: str | None = None
    fair_id: str | None = None
    issuer: str | None = None
    """The name of a further issuer; None of the first one."""

    @property
    def actor(self) -> str:
        """As it stands in the log: the strongest role, and the issuer's opaque subject.

        A further issuer's name stands beside the role, where no subject of the first reaches: two
        persons of two issuers are never one, nor are their Idempotency-Keys.
        """
        role = _strongest(self.roles)
        return (
            f"{role}:{self.subject}" if not self.issuer else f"{role}@{self.issuer}:{self.subject}"
        )

    def has(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)

    def as_one_of(self, roles: Collection[Role]) -> Caller:
        """The same caller with no other roles than these."""
        kept = self.roles.intersection(roles)
        return self if kept == self.roles else replace(self, roles=kept)

    def may_read(self, organisation_id: str | None) -> bool:
        """Whether an organisation may be read of: by auditors, and whoever acts for it."""
        return self.has(Role.AUDITOR) or self.may_act_for(organisation_id)

    def may_act_for(self, organisation_id: str | None) -> bool:
        """The team acts for every organisation, an exhibitor for its own only."""
        if self.has(Role.ORGANISER, Role.SERVICE):
            return True
        own = organisation_id is not None and organisation_id == self.organisation_id
        return own and self.has(Role.EXHIBITOR)

    def may_read_fair(self, fair_id: str) -> bool:
        """Whether what happens at a fair may be read: by auditors, and whoever acts there."""
        return self.has(Role.AUDITOR) or self.may_act_at(fair_id)

    def may_act_at(self, fair_id: str) -> bool:
        """The team acts at every fair, a steward or a device at the gates of one."""
        if self.has(Role.ORGANISER, Role.SERVICE):
            return True
        return self.has(Role.STEWARD, Role.DEVICE) and self.fair_id == fair_id


@functools.cache
def _strongest(roles: frozenset[Role]) -> str:
    return next((role for role in Role if role in roles), "nobody")


NOBODY = Caller("nobody", frozenset())

Authenticator: TypeAlias = Callable[[Request, str], Awaitable[Caller]]
"""Turns a bearer token that a service gave out itself into a caller.  Raises Problem 401."""


class Keys:
    """The issuer's public keys, fetched when needed and kept for some minutes."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: KeySet | None = None
        self._fetched_at = 0.0
        self._lock = asyncio.Lock()

    async def get(self, *, renew: bool = False) -> KeySet:
        """The key set; `renew` asks again where a token names a key that we do not know."""
        age = time.monotonic() - self._fetched_at
        if self._keys is not None and age < (KEYS_RETRY_SECONDS if renew else KEYS_FRESH_SECONDS):
            return self._keys
        async with self._lock:
            if self._keys is None or time.monotonic() - self._fetched_at >= KEYS_RETRY_SECONDS:
                try:
                    self._keys = KeySet.import_key_set(await self._fetch())
                except (httpx.HTTPError, OSError, ValueError, JoseError) as error:
                    if self._keys is None:
                        raise Problem(503, "keys_unavailable", retry_after=5) from error
                self._fetched_at = time.monotonic()
        return self._keys

    async def _fetch(self) -> Any:
        parts = urlsplit(self._url)
        if parts.scheme == "file":
            return orjson.loads(await asyncio.to_thread(Path(unquote(parts.path)).read_bytes))
        async with httpx.AsyncClient(timeout=5) as client:
            response = await client.get(self._url)
            response.raise_for_status()
            return orjson.loads(response.content)


class Verifier:
    """Turns a bearer token into a caller, by the keys of the issuer that it names.

    `decode` alone accepts expired tokens and any claims, so everything is checked here: algorithm,
    type, issuer, audience and expiry.
    """

    def __init__(self, issuers: Iterable[Issuer]) -> None:
        self._trusted = {each.issuer: _Trusted(each) for each in issuers}
        self._known: dict[str, tuple[Caller, float]] = {}

    async def verify(self, token: str) -> Caller:
        """The caller of a valid token.  Raises Problem 401."""
        caller, until = self._known.get(token, (NOBODY, 0.0))
        if time.time() < until:
            return caller
        caller, expires_at = await self._check(token)
        if len(self._known) >= REMEMBERED_TOKENS:
            self._known.clear()
        self._known[token] = (caller, min(expires_at, time.time() + REMEMBER_SECONDS))
        return caller

    async def _check(self, token: str) -> tuple[Caller, float]:
        """The caller, and when the token expires in Unix seconds."""
        try:
            trusted = self._trusted.get(_issuer_of(token))
            if trusted is None:
                raise Problem(401, "token_invalid")
            claims = await trusted.claims_of(token)
            return _caller(claims, trusted.issuer), float(claims["exp"])
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Problem(401, "token_invalid") from error


class _Trusted:
    """An issuer with its keys, which sign for no other."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self._keys = Keys(issuer.jwks_url)
        self._registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer.issuer},
            aud={"essential": True, "value": issuer.audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def claims_of(self, token: str) -> Mapping[str, Any]:
        """Raises JoseError or ValueError on a token that is not this issuer's, for us and in time;
        Problem 401 on one of another type."""
        try:
            decoded = jwt.decode(token, await self._keys.get(), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            decoded = jwt.decode(token, await self._keys.get(renew=True), algorithms=ALGORITHMS)
        if str(decoded.header.get("typ", "JWT")).lower() not in TOKEN_TYPES:
            raise Problem(401, "token_invalid")
        self._registry.validate(decoded.claims)
        return decoded.claims


def _issuer_of(token: str) -> str:
    """Whom a token names, before anybody has looked whether it signed it.  Raises ValueError."""
    payload = token.split(".")[1:2]
    if not payload:
        raise ValueError("it is no token")
    text = payload[0].encode()
    claims: Any = orjson.loads(base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)))
    if not isinstance(claims, dict):
        raise ValueError("its claims are no object")
    return str(cast(dict[str, Any], claims).get("iss"))


def _caller(claims: Mapping[str, Any], issuer: Issuer) -> Caller:
    """Raises ValueError where the issuer claims a role that it may not give."""
    known = {str(role) for role in ISSUED}
    named = {name for name in _named(claims, issuer.roles_claim) if name in known}
    if not named <= issuer.roles:
        raise ValueError("its issuer may not give this role")
    return Caller(
        subject=str(claims["sub"])[:200],
        roles=frozenset(map(Role, named)),
        organisation_id=claims.get("organisation_id"),
        fair_id=claims.get("fair_id"),
        issuer=issuer.name,
    )


def _named(claims: Mapping[str, Any], path: str) -> Iterator[str]:
    """The roles that stand at a place of the claims; none where there is no such place."""
    found: Any = claims
    for name in path.split("."):
        if not isinstance(found, dict):
            raise ValueError(f"{path} leads through no object")
        found = cast(dict[str, Any], found).get(name)
        if found is None:
            return
    if not isinstance(found, list):
        raise ValueError(f"{path} is not a list")
    yield from map(str, cast(list[Any], found))


async def _caller_of(request: Request, token: str) -> Caller:
    """The caller of a token: by the service where it begins as those that the service gives out,
    once a request, and otherwise by the issuer's keys."""
    authenticators: Mapping[str, Authenticator] = request.app.state.authenticators
    for prefix, authenticate in authenticators.items():
        if token.startswith(prefix):
            # The edge has asked before the route does.
            known: Caller | None = getattr(request.state, "caller", None)
            return known or await authenticate(request, token)
    verifier: Verifier = request.app.state.verifier
    return await verifier.verify(token)


class Allow:
    """The policy of a route: callers with one of these roles; none means everybody.

    The route gets the caller with the roles among these and no others.  The state of the request
    keeps both: `caller` as the token says, also where it is refused, and `acting`.
    """

    def __init__(self, *roles: Role) -> None:
        self.roles = roles

    async def __call__(self, request: Request) -> Caller:
        if getattr(request.state, "policy", None) is self:
            return request.state.acting  # The edge has asked, before it read the body.
        caller = NOBODY
        if self.roles:
            authorization = request.headers.get("authorization", "")
            scheme, _, token = authorization.partition(" ")
            if scheme.lower() != "bearer" or not token:
                raise Problem(401, "token_missing")
            caller = request.state.caller = await _caller_of(request, token.strip())
            if not caller.has(*self.roles):
                raise Problem(403, "role_missing", needed=", ".join(sorted(self.roles)))
        acting = request.state.acting = caller.as_one_of(self.roles)
        request.state.policy = self
        return acting


def allow(*roles: Role) -> Any:
    """The dependency that lets in callers with one of the roles, and gives who they are."""
    if not roles:
        raise ValueError("name the roles, or say public()")
    return Depends(Allow(*roles))


def public() -> Any:
    """The dependency of a route that everybody may call."""
    return Depends(Allow())


def dependants_of(route: APIRoute | RouteContext) -> Iterator[Dependant]:
    """What a route asks for, and what that asks for in turn."""
    pending = [route.dependant]
    while pending:
        dependant = pending.pop()
        yield dependant
        pending += dependant.dependencies


def upload_of(route: APIRoute | RouteContext) -> Upload | None:
    """The file that a route takes, or None."""
    calls = (each.call for each in dependants_of(route))
    return next((call for call in calls if isinstance(call, Upload)), None)


def policy_of(route: APIRoute | RouteContext) -> Allow | None:
    """The policy that a route names, or None."""
    calls = (each.call for each in dependants_of(route))
    return next((call for call in calls if isinstance(call, Allow)), None)
