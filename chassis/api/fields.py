"""The fields of requests.  A value that passes here fits the contracts.

Times are text in ISO 8601, flags are true or false, and whole numbers are JSON numbers, so that
nothing is accepted that the published schema forbids.
"""

from __future__ import annotations

import functools
import re
import zoneinfo
from collections.abc import Callable
from datetime import date, time
from typing import Annotated, Any, TypeVar

from fastapi import Path, Query
from maarid_contracts.envelope import Code, Id, Slug
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    WithJsonSchema,
)

from chassis.answers.calendar import moment, this_century
from chassis.answers.invalid import wrong
from chassis.api.requests import CleanText
from chassis.log.context import CommandContext
from chassis.process.ids import uuid5

T = TypeVar("T")

FairId = Annotated[Slug, Path(examples=["ouarzazate-2025"])]
PathId = Annotated[Id, Path(examples=["0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47"])]
SlugFilter = Annotated[Slug | None, Query()]
IdFilter = Annotated[Id | None, Query()]
CodeFilter = Annotated[Code | None, Query()]


def _number(value: object) -> object:
    """Neither text nor true; 28.0 is the same JSON number as 28."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise wrong("number_expected")


JsonNumber = BeforeValidator(_number)
"""Stands behind the bounds of a number, which are in the published schema only before it."""
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

AnyDay = Annotated[date, BeforeValidator(_written(_DAY, "2025-09-17"))]
"""For a day that the domain judges by its year."""
Day = Annotated[AnyDay, AfterValidator(this_century)]
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
    """A part of a request.  Unknown fields are refused: their sender has made a mistake."""

    model_config = ConfigDict(extra="forbid")

    def as_a(self, command: type[T], **more: object) -> T:
        """The command, or a part of one, whose fields have the names of the request's.

        `more` are the fields that are not in the request.  Raises pydantic's ValidationError where
        one is missing: a test of the route meets it.
        """
        return _adapter(command).validate_python({**self.model_dump(), **more})


@functools.cache
def _adapter(cls: type[T]) -> TypeAdapter[T]:
    return TypeAdapter(cls)


class TextIn(RequestIn):
    """A text in Arabic and French, and where there is one in Tamazight (Tifinagh) and English."""

    ar: CleanText = Field(examples=["تعاونية الأمل"])
    fr: CleanText = Field(examples=["Coopérative Al Amal"])
    zgh: CleanText | None = None
    en: CleanText | None = None


class ReasonIn(RequestIn):
    reason: Code = Field(examples=["selected"])


def new_id(context: CommandContext, what: str) -> str:
    """The id of something that a request makes; a retry of the request finds the same id."""
    return str(uuid5(context.command_id, what))
