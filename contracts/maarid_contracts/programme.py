"""What the sessions of a programme have to keep: parts of contracts of `scheduling`."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from maarid_contracts.envelope import Code, Id, Part, Slug


class Window(Part):
    """A time from an instant to another."""

    begins: AwareDatetime
    ends: AwareDatetime


class Break(Window):
    """A time in which no session takes place."""

    reason: Code = Field(examples=["prayer", "meal"])
    hall_ids: tuple[Slug, ...] = Field(default=(), description="None: in all halls.")


class HallRules(Part):
    """What a hall offers, and when sessions may take place in it."""

    hall_id: Slug
    equipment: tuple[Code, ...] = Field(
        default=(), examples=[["projector", "kitchen", "stage", "wifi"]]
    )
    neighbours: tuple[Slug, ...] = Field(
        default=(), description="Halls in which this one is heard; both ways."
    )
    available: tuple[Window, ...] = Field(default=(), description="None: at any time.")


class SpeakerTimes(Part):
    """When somebody can speak; whoever is not named can at any time."""

    speaker: Id = Field(description="A contact id; no name.")
    available: tuple[Window, ...] = Field(min_length=1)
