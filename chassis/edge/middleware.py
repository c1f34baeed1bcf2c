"""What every request meets before its route: method, caller, parameters, and the body.

All of it is asked here, in this order, because FastAPI reads a body before it asks who sends it,
and takes what nobody has asked for as if it had not been said.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from fastapi.routing import APIRoute, RouteContext
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.answers.caching import never_kept, tagged
from chassis.answers.problems import Problem
from chassis.edge.auth import Allow, dependants_of, policy_of, upload_of
from chassis.edge.bodies import SHOWN, again, body_of, refuse_unread_types, unambiguous
from chassis.edge.connections import CROWDED
from chassis.log.outcome import Unavailable
from chassis.postgres.database import one_request

CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
HOW_IT_IS = ("/health/live", "/health/ready", "/metrics")
"""Asked by who supervises the service, also where there are too many callers."""
CROWD_SECONDS = 5
"""After which a caller that found too many connections should try again."""

Answer: TypeAlias = Callable[[Request, Exception], Response]
"""Makes the response to a request that has met an error."""
Direct: TypeAlias = Callable[[Request, bytes, Any], Awaitable[Response | None]]
"""Answers a request to one route by its body, as it came and as it reads; None for what only the
whole of FastAPI can answer, before anything was done."""


def not_direct(route: RouteContext) -> Direct | None:
    """No route is answered directly."""
    return None


@dataclass(frozen=True)
class Operation:
    """What one method of an address takes."""

    route: RouteContext
    policy: Allow | None
    parameters: frozenset[str]
    takes_json: bool
    supervision: bool
    most: int | None = None
    """Bytes that a file may have, where the address takes one."""
    direct: Direct | None = None

    @property
    def public(self) -> bool:
        return self.policy is None or not self.policy.roles


class Addresses:
    """All addresses of a service, and what they take."""

    def __init__(
        self,
        routes: Iterable[RouteContext],
        direct: Callable[[RouteContext], Direct | None] = not_direct,
    ) -> None:
        # By their number of slashes, which no parameter holds: few are left to be tried.
        self._patterns: dict[int, list[tuple[re.Pattern[str], dict[str, Operation]]]] = {}
        for route in routes:
            if isinstance(route.original_route, Route) and route.path is not None:
                pattern, _, _ = compile_path(route.path)
                operation = _operation_of(route, direct)
                methods = (route.methods or {"GET"}) - {"HEAD"}
                alike = self._patterns.setdefault(route.path.count("/"), [])
                alike.append((pattern, dict.fromkeys(methods, operation)))

    def at(self, path: str) -> Mapping[str, Operation]:
        """The methods of an address; none where nothing is there.
        Where two routes fit a path, the first that has the method is the one that is taken."""
        found: dict[str, Operation] = {}
        for pattern, operations in self._patterns.get(path.count("/"), ()):
            if pattern.match(path):
                found = {**operations, **found}
        return found


def _operation_of(
    route: RouteContext, direct: Callable[[RouteContext], Direct | None]
) -> Operation:
    if not isinstance(route.original_route, APIRoute):
        return Operation(route, None, frozenset(), takes_json=False, supervision=False)
    return Operation(
        route,
        policy_of(route),
        frozenset(param.alias for each in dependants_of(route) for param in each.query_params),
        takes_json=route.body_field is not None,
        supervision=route.path in HOW_IT_IS,
        most=None if (file := upload_of(route)) is None else file.limit,
        direct=direct(route),
    )


def allowed(operations: Mapping[str, Operation]) -> str:
    """The value of a header Allow."""
    head = {"HEAD"} if "GET" in operations else set[str]()
    return ", ".join(sorted({*operations, *head, "OPTIONS"}))


class Edge:
    """ASGI middleware: asks of a request what its address asks, and reads its body if that holds.
    Whoever may not call an address is told so before a byte of a body is read."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        addresses: Addresses,
        answer: Answer,
        max_body: int,
        body_seconds: float,
    ) -> None:
        self._app = app
        self._addresses = addresses
        self._answer = answer
        self._max_body = max_body
        self._body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        body, said = b"", None
        operations = self._addresses.at(scope["path"])
        operation = operations.get(request.method)
        try:
            self._refuse_crowd(request, operation)
            if operations and request.method == "OPTIONS":
                await Response(None, 204, {"allow": allowed(operations)})(scope, receive, send)
                return
            if operations and operation is None:
                raise Problem(405, "method_not_allowed", headers={"allow": allowed(operations)})
            if operation is not None:
                receive, body, said = await self._ask(request, operation, receive)
        except ConnectionError:
            return  # Nobody is there to be answered.
        except Exception as error:
            if operation is not None:
                scope["route"] = operation.route  # The log names it, as where a route refuses.
            await self._answer(request, error)(scope, receive, send)
            return
        if operation is not None and operation.public and request.method == "GET":
            supervising = operation.supervision
            send = never_kept(send) if supervising else tagged(send, request.headers)
        else:
            send = never_kept(send)
        with one_request():
            response = None
            if operation is not None and operation.direct is not None and body:
                response = await operation.direct(request, body, said)
            await (response or self._app)(scope, receive, send)

    def _refuse_crowd(self, request: Request, operation: Operation | None) -> None:
        if request.scope.get("state", {}).get(CROWDED) and not (
            operation is not None and operation.supervision
        ):
            closing = {"connection": "close"}
            raise Problem(503, "too_crowded", headers=closing, retry_after=CROWD_SECONDS)

    async def _ask(
        self, request: Request, operation: Operation, receive: Receive
    ) -> tuple[Receive, bytes, Any]:
        """What gives the body to the route, the body, and what it says if it is JSON.
        Raises Problem on what the address does not take."""
        if operation.policy is not None and operation.policy.roles:
            await operation.policy(request)
        _refuse_unknown_parameters(request, operation)
        if request.method not in CHANGING:
            return receive, b"", None
        refuse_unread_types(request.headers, json_only=operation.takes_json)
        most = operation.most or self._max_body
        body = await body_of(receive, request.headers, limit=most, seconds=self._body_seconds)
        said = unambiguous(body) if body and operation.takes_json else None
        return again(body, receive), body, said


def _refuse_unknown_parameters(request: Request, operation: Operation) -> None:
    """A filter with a slip in its name would give everything, as if nothing had been asked."""
    query: bytes = request.scope["query_string"]
    if not query:
        return
    given = Counter(name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    for name, times in given.items():
        if name not in operation.parameters:
            known = ", ".join(sorted(operation.parameters)) or "-"
            raise Problem(422, "parameter_unknown", parameter=name[:SHOWN], known=known)
        if times > 1:
            raise Problem(422, "parameter_repeated", parameter=name)


class AnswerWhenEnding:
    """ASGI middleware: a request that the server gives up because it ends is told so.
    What it wanted may have been done or not; the same request under the same key is safe."""

    def __init__(self, app: ASGIApp, *, answer: Answer) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except asyncio.CancelledError:
            if begun or scope["type"] != "http":
                raise
            await self._answer(Request(scope), Unavailable())(scope, receive, send)
