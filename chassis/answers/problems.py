"""Problem details (RFC 9457): a stable code, and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from fastapi import Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from chassis.answers.invalid import Wrong, read_texts, wrongs
from chassis.log.outcome import Busy, CommandIdReused, EventTooLarge, Unavailable
from chassis.postgres.database import TROUBLE

LANGUAGES = ("en", "fr", "ar", "zgh")
MEDIA_TYPE = "application/problem+json"
STATUS_CODES = {404: "not_found", 405: "method_not_allowed"}


class Problem(Exception):
    """An answer that is not what was asked for; it may come with headers of its own."""

    def __init__(
        self, status: int, code: str, *, headers: Mapping[str, str] | None = None, **details: Any
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = headers or {}
        self.details = details


class NotFound(Problem):
    """What was asked for does not exist, or is not the caller's to see."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(404, code, **details)


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


class Problems:
    """The texts and statuses of all codes that one service may answer with."""

    def __init__(self, package: Path) -> None:
        self._entries: Mapping[str, Mapping[str, Any]] = {
            **read_texts(Path(__file__).with_suffix(".toml")),
            **read_texts(package / "problems.toml"),
        }

    def status_of(self, code: str) -> int:
        """The status that a code is answered with.  Raises KeyError."""
        return int(self._entries[code]["status"])

    def text(self, code: str, language: str, details: Mapping[str, Any]) -> str:
        """What a person reads of a refusal that was kept, in a language that there is."""
        entry = self._entries.get(code, {})
        return str(entry.get(language, code.replace("_", " "))).format_map(_Blank(details))

    def response(
        self, request: Request, code: str, given: Mapping[str, Any], status: int | None = None
    ) -> Response:
        """The response of a code, in the language that the caller prefers."""
        details = dict(given)
        entry = self._entries.get(code, {"status": 409, "en": code.replace("_", " ") + "."})
        language = preferred_language(request.headers.get("accept-language", ""), entry)
        errors: list[Any] | None = details.get("errors")
        if errors is not None:
            details["errors"] = [
                each.told(language) if isinstance(each, Wrong) else each for each in errors
            ]
        status = status or int(entry["status"])
        body = {
            "type": f"urn:maarid:problem:{code}",
            "title": code.replace("_", " "),
            "status": status,
            "code": code,
            "detail": str(entry[language]).format_map(_Blank(details)),
            **{name: value for name, value in details.items() if name not in ("type", "status")},
        }
        headers = {
            "content-language": language,
            "vary": "Accept-Language",
            "cache-control": "no-store",
        }
        if "retry_after" in details:
            headers["retry-after"] = str(details["retry_after"])
        if status == 401:
            headers["www-authenticate"] = "Bearer"
        return Response(orjson.dumps(body, default=str), status, headers, MEDIA_TYPE)


def preferred_language(accepted: str, entry: Mapping[str, Any]) -> str:
    """The first language of an Accept-Language header (RFC 9110, 12.5.4) that there is.
    Where there is none of them, whoever reads Tamazight reads Arabic, and then French."""
    ranked: list[tuple[float, str]] = []
    for part in accepted.split(",")[:20]:
        tag, _, parameter = part.strip().partition(";")
        try:
            quality = float(parameter.partition("=")[2]) if parameter else 1.0
        except ValueError:
            quality = 0.0
        ranked.append((-quality, tag.strip().lower().partition("-")[0]))
    asked = [language for _, language in sorted(ranked, key=lambda item: item[0])]
    others = ("ar", "fr") if "zgh" in asked else ()
    for language in (*asked, *others):
        if language in LANGUAGES and language in entry:
            return language
    return "en"


AWAY = (*TROUBLE, asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)
"""What queries of read routes meet, which have not the desk's patience: a database that is away, or
tables that are being exchanged."""
KNOWN = (
    Problem,
    Busy,
    Unavailable,
    CommandIdReused,
    EventTooLarge,
    RequestValidationError,
    HTTPException,
    *AWAY,
)
"""The exceptions that stand for a problem."""


def problem_of(error: Exception) -> Problem | None:
    """The problem that a known exception stands for."""
    if isinstance(error, AWAY):
        return Problem(503, "unavailable", retry_after=Unavailable.retry_after)
    match error:
        case Problem():
            return error
        case Busy():
            return Problem(503, "too_busy", retry_after=error.retry_after)
        case Unavailable():
            return Problem(503, "unavailable", retry_after=error.retry_after)
        case CommandIdReused():
            return Problem(422, "idempotency_key_reused")
        case EventTooLarge():
            return Problem(413, "event_too_large")
        case RequestValidationError():
            if any(found["type"] == "json_invalid" for found in error.errors()):
                return Problem(400, "malformed_json")
            if any(found["loc"] == ("header", "idempotency-key") for found in error.errors()):
                return Problem(400, "idempotency_key_missing")
            return Problem(422, "invalid_request", errors=wrongs(error.errors()))
        case HTTPException():
            if error.status_code == 400:
                return Problem(400, "malformed_json")
            code = STATUS_CODES.get(error.status_code, "invalid_request")
            return Problem(error.status_code, code)
        case _:
            return None
