"""What answers are made of: models that are filled from the rows of read tables."""

from __future__ import annotations

from typing import Annotated, Any, Self, TypeVar
from uuid import UUID

import asyncpg
import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict

from chassis.kernel.refused import Refused

T = TypeVar("T")


def _stored(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str) else value


Stored = Annotated[T, BeforeValidator(_stored)]
"""A field whose column is of type jsonb: `name: Stored[Text]`."""


class AnswerOut(BaseModel):
    """A part of an answer, with a field for each column that it shows."""

    model_config = ConfigDict(from_attributes=True)

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        """The row as an answer: its ids as text, and without the columns that have no field."""
        return cls.model_validate(
            {name: str(v) if isinstance(v, UUID) else v for name, v in row.items()}
        )

    @classmethod
    def found(cls, row: asyncpg.Record | None) -> Self | None:
        """The same; None where there is no row."""
        return None if row is None else cls.of(row)


def known(value: T | None, code: str, **details: object) -> T:
    """The value.  Raises Refused with an id that nobody knows, where it is None."""
    if value is None:
        raise Refused(code, **details)
    return value
