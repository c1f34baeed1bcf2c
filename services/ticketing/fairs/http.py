"""Types of HTTP fields and models that all subjects share."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from fastapi import Path
from maarid_contracts.envelope import Slug
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from chassis.answers.calendar import this_century
from chassis.api.requests import wrong


def _calendar_day(value: object) -> object:
    """Only what is written as a day: pydantic would take a number for seconds since 1970."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return value
    raise wrong("date_parsing")


def _number(value: object) -> object:
    """Neither text nor true; 28.0 is the same JSON number as 28."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise wrong("number_expected")


Day = Annotated[date, BeforeValidator(_calendar_day), AfterValidator(this_century)]
JsonNumber = BeforeValidator(_number)
FairPath = Annotated[Slug, Path(examples=["ouarzazate-2025"])]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Response(BaseModel):
    model_config = ConfigDict(from_attributes=True)
