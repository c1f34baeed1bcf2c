"""Who may do what: bearer JWTs of one OpenID Connect issuer, and a policy on every route."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
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

    @property
    def actor(self) -> str:
        """As it stands in the log: the strongest role and the issuer's opaque subject."""
        return f"{_strongest(self.roles)}:{self.subject}"

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
    """Turns a bearer token into a caller.

    `decode` alone accepts expired tokens and any claims, so everything is checked here: algorithm,
    type, issuer, audience and expiry.
    """

    def __init__(self, *, issuer: str, audience: str, keys: Keys) -> None:
        self._keys = keys
        self._known: dict[str, tuple[Caller, float]] = {}
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

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
            try:
                decoded = jwt.decode(token, await self._keys.get(), algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                decoded = jwt.decode(token, await self._keys.get(renew=True), algorithms=ALGORITHMS)
            if str(decoded.header.get("typ", "JWT")).lower() not in TOKEN_TYPES:
                raise Problem(401, "token_invalid")
            self._claims.validate(decoded.claims)
            return _caller(decoded.claims), float(decoded.claims["exp"])
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Problem(401, "token_invalid") from error


def _caller(claims: Mapping[str, Any]) -> Caller:
    known = {str(role) for role in ISSUED}
    names: Any = claims.get("roles", [])
    if not isinstance(names, list):
        raise ValueError("roles is not a list")
    return Caller(
        subject=str(claims["sub"])[:200],
        roles=frozenset(Role(name) for name in map(str, cast(list[Any], names)) if name in known),
        organisation_id=claims.get("organisation_id"),
        fair_id=claims.get("fair_id"),
    )


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
