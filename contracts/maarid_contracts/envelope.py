"""What every public event has in common, and the catalogue of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$", examples=["ouarzazate-2025"])]
"""A short readable id: lower-case Latin letters, digits and hyphens, 2 to 63 characters."""

Id = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        examples=["0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47"],
    ),
]
"""A UUID in its canonical lower-case form."""

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$", examples=["late_application"])]
"""A machine-readable word in snake case; texts for people are looked up by it."""


LanguageTag = Annotated[str, Field(pattern=r"^[a-z]{2,3}$", examples=["ar", "fr", "zgh", "en"])]
"""A language (BCP 47, primary subtag)."""


def added_in(version: str, *, default: Any, **more: Any) -> Any:
    """A field that came after the version that first carried its contract or part.

    It is left out of the bytes while it has its default: a record of before is encoded as it was.
    `more` is what pydantic's `Field` takes.
    """
    return Field(
        default=default,
        exclude_if=lambda value: value == default,
        # Validators in strict mode refuse keywords that they do not know; this one they all know.
        json_schema_extra={"$comment": f"{SINCE}{version}"},
        **more,
    )


SINCE = "since "
"""What the comment of such a field begins with in its schema."""


class Part(BaseModel):
    """A value inside an event.  Unknown fields are ignored, so that an addition breaks nobody."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Text(Part):
    """One text in the languages of the fair; Arabic and French are always there."""

    ar: str = Field(min_length=1, max_length=400)
    fr: str = Field(min_length=1, max_length=400)
    zgh: str | None = Field(default=None, max_length=400, description="Tamazight, in Tifinagh.")
    en: str | None = Field(default=None, max_length=400)


class Contract(Part):
    """One public fact, in the past tense.  The class name ends in its major version."""

    topic: ClassVar[str]
    """The Kafka topic on which it is published."""
    since: ClassVar[str] = "1.0.0"
    """The version of this distribution that first carried it."""


@dataclass(frozen=True)
class Entry:
    """One line of the catalogue: a CloudEvents type and the model of its data."""

    type: str
    topic: str
    key: str
    model: type[Contract]
    since: str


def type_of(model: type[Contract]) -> str:
    """The CloudEvents type of a contract: `maarid.scheduling.BoothAssigned.v1`."""
    service = model.topic.partition(".")[0]
    name, _, version = model.__name__.rpartition("V")
    return f"maarid.{service}.{name}.v{version}"


def catalogue_of(models: tuple[type[Contract], ...], key: str = "stream") -> Mapping[str, Entry]:
    """Index contracts by their CloudEvents type.  Raises ValueError on a type given twice."""
    entries = {
        type_of(model): Entry(type_of(model), model.topic, key, model, model.since)
        for model in models
    }
    if len(entries) != len(models):
        raise ValueError("two contracts have the same type")
    return entries
