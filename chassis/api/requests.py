"""What routes are made of: callers, contexts, pages, clean text."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Header, Query, Request
from pydantic import AfterValidator, BaseModel, StringConstraints

from chassis.answers.invalid import wrong
from chassis.answers.listing import Listing, Page, Part
from chassis.answers.problems import NotFound, Problem
from chassis.definition.runtime import Runtime
from chassis.edge.auth import Caller, Role, allow, public
from chassis.edge.bodies import upload
from chassis.log.context import CommandContext
from chassis.postgres.database import CALLER_SECONDS, answer_within
from chassis.process.ids import command_id_of

# What routes need of other rooms.
__all__ = ["Caller", "NotFound", "Page", "Problem", "Role", "allow", "public", "upload", "wrong"]

T = TypeVar("T")
R = TypeVar("R")

BIDI_CONTROLS = frozenset(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
)

MAX_TEXT = 400
_PLAIN = re.compile(r"(/[A-Za-z0-9_.-]+)+")


def clean(text: str) -> str:
    """Text as we store it: NFC, stripped.

    Raises ValueError on control characters, and on the marks that turn the direction of text: a
    name that carries them reads differently from what is stored.
    """
    if any(unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") for char in text):
        raise wrong("control_characters")
    if not BIDI_CONTROLS.isdisjoint(text):
        raise wrong("direction_marks")
    text = unicodedata.normalize("NFC", text).strip()
    if not text:
        raise wrong("blank")
    if len(text) > MAX_TEXT:
        # Composing can make a text longer, and contracts take no more than this.
        raise wrong("longer_than", limit=MAX_TEXT)
    return text


CleanText = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_TEXT), AfterValidator(clean)
]
"""A text that somebody typed, 1 to 400 characters."""


async def runtime_of(request: Request) -> Runtime:
    """The running service.  Whatever the request asks of the database is answered in time."""
    answer_within(CALLER_SECONDS)
    return request.app.state.runtime


RuntimeDep = Annotated[Runtime, Depends(runtime_of)]


IdempotencyKey = Annotated[
    str,
    Header(
        description="New for each change, the same for its retries; 1 to 200 characters. What"
        " a key led to, a refusal (404, 409, 410, 422 of a rule) as well, is kept for 30 days:"
        " ask anew under a new one.",
        examples=["2f6c1d0e-enrol-atlas"],
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
    ),
]


async def context_of(request: Request, idempotency_key: IdempotencyKey) -> CommandContext:
    """The wish behind a changing request; its hash covers method, path, query and body."""
    return context_by(request, idempotency_key, await request.body())


ContextDep = Annotated[CommandContext, Depends(context_of)]


async def secret_context_of(request: Request, idempotency_key: IdempotencyKey) -> CommandContext:
    """The wish behind a request whose body is short and secret, a code or a number: its hash leaves
    the body out, for all that it may be can be tried.  Its handler tells another body from the same
    again."""
    return context_by(request, idempotency_key, b"")


SecretContextDep = Annotated[CommandContext, Depends(secret_context_of)]


def context_by(request: Request, idempotency_key: str, body: bytes) -> CommandContext:
    """The wish behind a request with a key; its hash covers the body that is given."""
    caller: Caller = request.state.caller
    acting: Caller = request.state.acting
    digest = hashlib.sha256()
    for part in (request.method, *address_of(request)):
        digest.update(part.encode() + b"\n")
    digest.update(body)
    request.state.context = CommandContext(
        # Keys are a person's own, whichever of their roles opens a route.
        command_id=command_id_of(caller.actor, idempotency_key),
        actor=acting.actor,
        request_hash=digest.digest(),
    )
    return request.state.context


def address_of(request: Request) -> tuple[str, str]:
    """Path and query, as `request.url` has them.
    Of a plain path it would put a whole address together, and take it apart again."""
    path: str = request.scope["path"]
    if not request.scope["query_string"] and _PLAIN.fullmatch(path):
        return path, ""
    return request.url.path, request.url.query


def page_of(listing: Listing) -> Any:
    """The dependency that gives the page asked for of a list.
    It raises Problem 422 on a cursor that is not ours."""
    sorts = listing.sorts
    names = "|".join(map(re.escape, listing.orders))

    async def page(
        limit: Annotated[int, Query(ge=1, le=200, description="Items on a page.")] = 50,
        after: Annotated[
            str | None,
            Query(
                max_length=1000,
                pattern=r"^[A-Za-z0-9_=-]*$",
                description="`next` of the page before; the other parameters stay as they were.",
            ),
        ] = None,
        sort: str = Query(
            default=sorts[0],
            pattern=f"^-?({names})$",
            description="The order; `-` turns it round.  Equal items are in the order of ids.",
            json_schema_extra={"enum": [*sorts]},
        ),
        total: Annotated[
            bool, Query(description="Count all items as well, which may take its time.")
        ] = False,
    ) -> Page:
        try:
            key = base64.b64decode(after or "", b"-_", validate=True).decode()
        except (binascii.Error, UnicodeError) as error:
            raise Problem(422, "cursor_invalid") from error
        if "\x00" in key:
            raise Problem(422, "cursor_invalid")
        return Page(limit, key, sort, total)

    return Depends(page)


class Paged(BaseModel, Generic[T]):
    """A part of a list, and the cursor of the next part where there is one.

    `total` is the number of items on all pages, if it was asked for.
    """

    items: Sequence[T]
    next: str | None = None
    total: int | None = None


def paged(part: Part[R], show: Callable[[R], T] | None = None) -> Paged[T]:
    """The answer for a part of a list."""
    rows = part.rows if show is None else [show(row) for row in part.rows]
    return Paged[Any](items=rows, next=part.next, total=part.total)
