"""The shortest way to a route that changes something: without what FastAPI does for every kind.

For each request FastAPI looks through all routes, opens three stacks for what has to be closed,
and solves dependencies that could be anything: a third of the time of a booking.  Our routes ask
for the same few things.  A request that they take as it is goes to its function from here, read by
FastAPI's own fields and written by its own serializer; any other takes FastAPI's way, which says
what is wrong with it.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.models import Dependant
from fastapi.params import Body
from fastapi.routing import RouteContext, serialize_response
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path

from chassis.api.requests import context_by, context_of, runtime_of, secret_context_of
from chassis.edge.auth import Allow
from chassis.edge.middleware import Direct

Failed: TypeAlias = Callable[[Request, Exception], Awaitable[Response]]
"""Answers what a route's function has raised."""

KEY = "idempotency-key"
UNUSED = (
    *("query_params", "cookie_params", "request_param_name", "websocket_param_name"),
    *("http_connection_param_name", "response_param_name", "background_tasks_param_name"),
    *("security_scopes_param_name", "concurrency"),
)
"""What a route's function must not ask for."""
USUAL = {
    "response_model_include": None,
    "response_model_exclude": None,
    "response_model_by_alias": True,
    "response_model_exclude_unset": False,
    "response_model_exclude_defaults": False,
    "response_model_exclude_none": False,
}
"""How the answer has to be written."""


def direct_to(route: RouteContext, failed: Failed) -> Direct | None:
    """What answers a route's requests directly, where it asks for nothing but its caller, the
    running service, its context, its path and one JSON object."""
    dependant: Dependant = route.dependant
    if (
        not _is_plain(dependant)
        or dependant.header_params
        or not inspect.iscoroutinefunction(dependant.call)
        or not _takes_one_object(dependant)
        or not isinstance(route.response_class, DefaultPlaceholder)
        or route.response_field is None
        or any(getattr(route, name) != value for name, value in USUAL.items())
        or not all(_is_known(each) for each in dependant.dependencies)
    ):
        return None
    return _Way(route, failed)


def _is_plain(dependant: Dependant) -> bool:
    return not any(getattr(dependant, name) for name in UNUSED)


def _takes_one_object(dependant: Dependant) -> bool:
    infos = [field.field_info for field in dependant.body_params]
    return len(infos) == 1 and type(infos[0]) is Body and not infos[0].embed


def _is_known(dependant: Dependant) -> bool:
    call = dependant.call
    return call in (runtime_of, context_of, secret_context_of) or isinstance(call, Allow)


class _Way:
    def __init__(self, route: RouteContext, failed: Failed) -> None:
        dependant: Dependant = route.dependant
        assert dependant.call is not None
        assert route.path is not None
        self._route = route
        self._failed = failed
        self._function = dependant.call
        self._pattern, _, self._convertors = compile_path(route.path)
        self._path = dependant.path_params
        self._body = dependant.body_params[0]
        self._dependencies: Sequence[Dependant] = dependant.dependencies
        self._status: int = route.status_code or 200

    async def __call__(self, request: Request, body: bytes, said: Any) -> Response | None:
        values = await self._values(request, body, said)
        if values is None:
            return None
        request.scope["route"] = self._route
        try:
            answer = await self._function(**values)
            if isinstance(answer, Response):
                return answer
            written = await serialize_response(
                field=self._route.response_field, response_content=answer, dump_json=True
            )
        except Exception as error:
            return await self._failed(request, error)
        return Response(written, self._status, media_type="application/json")

    async def _values(self, request: Request, body: bytes, said: Any) -> dict[str, Any] | None:
        """The arguments of the function; None where FastAPI should look at them."""
        found = self._pattern.match(request.scope["path"])
        if found is None or not isinstance(said, dict):
            return None
        values: dict[str, Any] = {}
        given: Mapping[str, str] = found.groupdict()
        for field in self._path:
            name = field.alias
            value, wrong = field.validate(self._convertors[name].convert(given[name]))
            if wrong:
                return None
            values[field.name] = value
        values[self._body.name], wrong = self._body.validate(said)
        if wrong:
            return None
        for each in self._dependencies:
            call: Any = each.call
            if isinstance(call, Allow) or call is runtime_of:
                value = await call(request)
            else:
                key, wrong = each.header_params[0].validate(request.headers.get(KEY))
                if wrong:
                    return None
                value = context_by(request, key, b"" if call is secret_context_of else body)
            if each.name is not None:
                values[each.name] = value
        return values
