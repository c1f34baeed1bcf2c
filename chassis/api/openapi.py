"""What a service says of its operations: OpenAPI 3.1, with no status that an operation never gives.

FastAPI describes paths, parameters, bodies and answers.  The rest is derived here: who may call
from the policy, the chassis's own refusals from what a route takes, and those of the service from
its `operations.toml`, which a test compares with the code (tests/architecture/test_operations.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from chassis import VERSION
from chassis.answers.invalid import read_texts
from chassis.answers.problems import MEDIA_TYPE, Problems
from chassis.definition.service import ServiceDefinition
from chassis.edge.auth import dependants_of, policy_of, upload_of
from chassis.edge.middleware import CHANGING, HOW_IT_IS

Json = dict[str, Any]

SCHEME = "bearer"
SECURITY_SCHEMES: Json = {
    SCHEME: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of the fair's OpenID Connect issuer; `x-roles` says of each"
        " operation which of its `roles` opens it.  A `device` has a token of the service's own.",
    }
}


def _shown(type_: str, example: object, **more: str) -> Json:
    """The schema of a plain value, with an example."""
    return {"type": type_, **more, "examples": [example]}


PROBLEM: Json = {
    "title": "Problem",
    "description": "Problem details (RFC 9457).  Some codes come with members of their own.",
    "type": "object",
    "properties": {
        "type": _shown("string", "urn:maarid:problem:fair_unknown"),
        "title": _shown("string", "fair unknown"),
        "status": _shown("integer", 404),
        "code": _shown("string", "fair_unknown", description="Stable, for programs."),
        "detail": _shown(
            "string",
            "There is no such fair. Look at the list of fairs.",
            description="What to do, in a language of Accept-Language: Arabic, French, English.",
        ),
        "errors": {
            "description": "With `invalid_request`: each wrong value.",
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "where": _shown("string", "body.edition"),
                    "what": _shown("string", "must be at least 1"),
                },
                "required": ["where", "what"],
            },
        },
    },
    "required": ["type", "title", "status", "code", "detail"],
    "additionalProperties": True,
}
MEANINGS = {
    304: "Not changed since the answer whose `ETag` was sent in `If-None-Match`.",
    400: "Malformed, or without an Idempotency-Key.",
    401: "Without a valid token.",
    403: "Not for this role.",
    404: "Does not exist, or is not the caller's to see.",
    408: "The body did not come in time.",
    409: "Refused.",
    410: "Erased.",
    413: "Too large.",
    415: "Not JSON, or encoded.",
    422: "Wrong values or parameters.",
    429: "Too many tries; try again after the seconds of `Retry-After`.",
    503: "Busy or unavailable; try again after the seconds of `Retry-After`, with the same key.",
}
ANSWERED = {
    "200": "Done.",
    "201": "Made.",
    "202": "Accepted; `Location` says where to ask for it.",
    "204": "Done; there is nothing to show.",
}
HEADERS: Mapping[int, Json] = {
    401: {
        "WWW-Authenticate": {
            "description": "Always `Bearer`.",
            "schema": _shown("string", "Bearer"),
        }
    },
    429: {"Retry-After": {"description": "Seconds.", "schema": _shown("integer", 1)}},
    503: {"Retry-After": {"description": "Seconds.", "schema": _shown("integer", 2)}},
}
FILE: Json = {
    "description": "The file, as it is.",
    "required": True,
    "content": {"application/octet-stream": {"schema": {}}},
}
GOOD_FOR_A_TIME = ("/schemas/{name}",)
"""Public answers that caches need not ask about again, so that they have no tag."""
OF_EVERY_SERVICE = (
    "Conventions of all services (errors, lists, languages, caching): docs/http.md of the source."
    "  Changes take an `Idempotency-Key`; the same request under the same key is done once."
    "  A 500 is a fault of the service, and any operation may meet one."
)


def id_of(route: RouteContext) -> str:
    """The id of an operation: the name of its function in camelCase."""
    first, *others = str(route.name).split("_")
    return first + "".join(word.capitalize() for word in others)


class Document:
    """The OpenAPI document of one service, made when it is first asked for.
    What a service says of its operations stands in `operations.toml`, the chassis's and its own."""

    def __init__(self, app: FastAPI, definition: ServiceDefinition) -> None:
        self._app = app
        self._name = definition.name
        self._problems = Problems(definition.package)
        own = read_texts(definition.package / "operations.toml")
        of_all = read_texts(Path(__file__).parent / "operations.toml")
        jobs: Json = of_all["jobs"] if definition.jobs else {"tags": {}, "refusals": {}}
        self._description = str(own.get("description", ""))
        self._tags: Json = {**own.get("tags", {}), **of_all["tags"], **jobs["tags"]}
        self._refusals: Mapping[str, list[str]] = {
            **of_all["refusals"],
            **jobs["refusals"],
            **own.get("refusals", {}),
        }
        self._shared: Json = {}
        """Answers that several operations give."""

    @cached_property
    def json(self) -> Json:
        made = get_openapi(
            title=f"Maarid {self._name}",
            version=VERSION,
            description=f"{self._description}\n\n{OF_EVERY_SERVICE}".strip(),
            contact={"name": "The operator of this installation"},
            license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
            servers=[{"url": "/", "description": "The address that serves this document."}],
            routes=self._app.routes,
        )
        made["tags"] = [{"name": name, "description": text} for name, text in self._tags.items()]
        components: Json = made.setdefault("components", {})
        components["securitySchemes"] = SECURITY_SCHEMES
        components["responses"] = self._shared
        schemas: Json = components.setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas["Problem"] = PROBLEM
        for schema in schemas.values():
            _say_items(schema)
        for route in iter_route_contexts(self._app.routes):
            if isinstance(route.original_route, APIRoute):
                for method in route.methods or ():
                    operation = made["paths"][str(route.path_format)][method.lower()]
                    self._describe(operation, route, method)
        return made

    def _describe(self, operation: Json, route: RouteContext, method: str) -> None:
        policy = policy_of(route)
        roles = [] if policy is None else [str(role) for role in policy.roles]
        operation["operationId"] = id_of(route)
        operation["security"] = [{SCHEME: []}] if roles else []
        if roles:
            operation["x-roles"] = roles
            said = operation.get("description", "")
            operation["description"] = f"{said}\n\nRoles: {', '.join(roles)}.".strip()
        parameters = [
            _described_once(each)
            for each in operation.pop("parameters", [])
            # The security scheme says it.
            if each["name"].lower() != "authorization"
        ]
        if parameters:
            operation["parameters"] = parameters
        if upload_of(route) is not None:
            operation["requestBody"] = FILE
        responses: Json = operation["responses"]
        for status, response in responses.items():
            if response.get("description") == "Successful Response":
                response["description"] = "Found." if method == "GET" else ANSWERED[status]
        if responses.get("422", {}).get("description") == "Validation Error":
            del responses["422"]
        if not roles and method == "GET" and route.path not in (*HOW_IT_IS, *GOOD_FOR_A_TIME):
            responses["304"] = self._once({"description": MEANINGS[304]}, 304)
        self._describe_refusals(responses, route, method)
        operation["responses"] = dict(sorted(responses.items()))

    def _describe_refusals(self, responses: Json, route: RouteContext, method: str) -> None:
        own = set(self._refusals.get(id_of(route), ()))
        codes = own | set(_codes_of(route, method))
        for status in sorted({self._problems.status_of(code) for code in codes}):
            given = sorted(code for code in codes if self._problems.status_of(code) == status)
            response = _refusal(status, given)
            if (declared := responses.get(str(status))) is not None:
                declared["content"] |= response["content"]
            elif own.isdisjoint(given):
                responses[str(status)] = self._once(response, status)
            else:
                responses[str(status)] = response

    def _once(self, response: Json, status: int) -> Json:
        """A reference to the response among the components; there may be several of one status."""
        for number in range(len(self._shared) + 1):
            name = f"Status{status}" + (f"_{number + 1}" if number else "")
            if self._shared.setdefault(name, response) == response:
                return {"$ref": f"#/components/responses/{name}"}
        raise AssertionError("unreachable: one of the names is free")


def _refusal(status: int, codes: Iterable[str]) -> Json:
    names = ", ".join(f"`{code}`" for code in codes)
    response: Json = {
        "description": f"{MEANINGS[status]}  Codes: {names}.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in HEADERS:
        response["headers"] = HEADERS[status]
    return response


def _codes_of(route: RouteContext, method: str) -> Iterator[str]:
    """What the chassis may refuse before, or instead of, what a route does."""
    policy = policy_of(route)
    if policy is not None and policy.roles:
        yield from ("token_missing", "token_invalid", "role_missing", "keys_unavailable")
    yield from ("parameter_unknown", "parameter_repeated", "unavailable")
    if route.path not in HOW_IT_IS:
        yield "too_crowded"
    if method in CHANGING:
        yield from ("encoding_unsupported", "body_too_large", "body_too_slow")
    if route.body_field is not None:
        yield from ("type_unsupported", "malformed_json", "key_repeated")
    taken = list(dependants_of(route))
    if route.body_field is not None or any(
        each.path_params or each.query_params or each.header_params for each in taken
    ):
        yield "invalid_request"
    if any(param.alias == "after" for each in taken for param in each.query_params):
        yield "cursor_invalid"
    if any(param.alias == "idempotency-key" for each in taken for param in each.header_params):
        yield from ("idempotency_key_missing", "idempotency_key_reused")
        yield from ("event_too_large", "too_busy")


def _described_once(parameter: Json) -> Json:
    """The description once, not once more in the schema."""
    schema = {k: v for k, v in parameter["schema"].items() if k != "description"}
    return {**parameter, "schema": schema}


def _say_items(schema: object) -> None:
    """Say of an array of so many alike what its items are, which generators of clients read, and
    not one by one (`prefixItems`), which they do not."""
    if isinstance(schema, list):
        for each in cast(list[object], schema):
            _say_items(each)
    elif isinstance(schema, dict):
        found = cast(Json, schema)
        if "prefixItems" in found and all(
            each == found["prefixItems"][0] for each in found["prefixItems"]
        ):
            found["items"] = found.pop("prefixItems")[0]
        for each in found.values():
            _say_items(each)


def describe(app: FastAPI, definition: ServiceDefinition) -> None:
    """Let the application serve the document of its service at /openapi.json."""
    document = Document(app, definition)
    app.openapi = lambda: document.json
