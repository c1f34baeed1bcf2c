"""The fields of requests.  A value that passes here fits the contracts.

Numbers and booleans are strict and times are text in ISO 8601, so that nothing is accepted that
the published schema forbids.
"""

from __future__ import annotations

import functools
import re
import zoneinfo
from collections.abc import Callable
from datetime import date, time
from typing import Annotated, Any
from uuid import uuid5

from fastapi import Path, Query
from maarid_contracts.envelope import Code, Id, Slug
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from chassis.answers.calendar import moment
from chassis.api.requests import CleanText, wrong
from chassis.kernel.text import Text
from chassis.log.context import CommandContext

SLUG = r"^[a-z0-9][a-z0-9-]{1,62}$"
ID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
CODE = r"^[a-z][a-z0-9_]{0,62}$"

FairId = Annotated[str, Path(pattern=SLUG, examples=["ouarzazate-2025"])]
PathId = Annotated[str, Path(pattern=ID, examples=["0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47"])]
SlugFilter = Annotated[str | None, Query(pattern=SLUG)]
IdFilter = Annotated[str | None, Query(pattern=ID)]
CodeFilter = Annotated[str | None, Query(pattern=CODE)]

# The normal form of a text may be longer than what was typed, so its length is checked again.
Line = Annotated[CleanText, Field(max_length=400)]
PersonName = Annotated[CleanText, Field(max_length=200, examples=["فاطمة (اسم مختلق)"])]
WrittenPhone = Annotated[
    str, StringConstraints(min_length=4, max_length=60), Field(examples=["06 12 34 56 78"])
]
Whole = Annotated[int, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]


def _written(pattern: str, like: str) -> Callable[[Any], Any]:
    wanted = re.compile(pattern)

    def check(value: Any) -> Any:
        if not isinstance(value, str) or wanted.fullmatch(value) is None:
            raise wrong("written_otherwise", like=like)
        return value

    return check


@functools.cache
def _zones() -> frozenset[str]:
    # Some copies of the database have these two and others do not; no town is in them.
    return frozenset(zoneinfo.available_timezones() - {"Factory", "localtime"})


def _known_zone(name: str) -> str:
    if name not in _zones():
        raise wrong("zone_unknown")
    return name


_DAY = r"\d{4}-\d{2}-\d{2}"
_HOUR = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
_ZONED = r"[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})?"

Day = Annotated[date, BeforeValidator(_written(_DAY, "2025-09-17"))]
# Local time has no zone, and the format `time` of JSON Schema demands one.
LocalTime = Annotated[
    time, WithJsonSchema({"type": "string", "pattern": f"^{_HOUR}$", "examples": ["10:00"]})
]
Hour = Annotated[LocalTime, BeforeValidator(_written(_HOUR, "10:00"))]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_written(_DAY + _ZONED, "2025-07-01T18:00:00Z")),
    AfterValidator(moment),
]
Zone = Annotated[str, AfterValidator(_known_zone), Field(max_length=64)]


class RequestIn(BaseModel):
    """A part of a request: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class TextIn(RequestIn):
    """A text in Arabic and French, and where there is one in Tamazight (Tifinagh) and English."""

    ar: Annotated[Line, Field(examples=["تعاونية الأمل"])]
    fr: Annotated[Line, Field(examples=["Coopérative Al Amal"])]
    zgh: Line | None = None
    en: Line | None = None

    def text(self) -> Text:
        return Text(self.ar, self.fr, self.zgh, self.en)


class ReasonIn(RequestIn):
    reason: Annotated[Code, Field(examples=["selected"])]


def new_id(context: CommandContext, what: str) -> str:
    """The id of something that a request makes; a retry of the request finds the same id."""
    return str(uuid5(context.command_id, what))


__all__ = [
    "Code",
    "CodeFilter",
    "Day",
    "FairId",
    "Flag",
    "Hour",
    "Id",
    "IdFilter",
    "Line",
    "Moment",
    "PathId",
    "PersonName",
    "ReasonIn",
    "RequestIn",
    "Slug",
    "SlugFilter",
    "TextIn",
    "Whole",
    "WrittenPhone",
    "Zone",
    "new_id",
]
