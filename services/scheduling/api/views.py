"""What answers carry."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from services.scheduling import queries
from services.scheduling.domain.programme import Text
from services.scheduling.queries import Booth

__all__ = ["Booth", "FirstFitOut", "Placed", "Revision", "SessionOut", "Swapped", "Unplaced"]


class Revision(BaseModel):
    """The revision of the floor plan in force."""

    revision: int = Field(examples=[1])


class Placed(BaseModel):
    """A booth that was given by first fit, and what spoke for it."""

    booth_id: str = Field(examples=["P-012"])
    exhibitor_id: str
    reasons: list[str] = Field(examples=[["pole_matches", "electricity_as_needed"]])


class Unplaced(BaseModel):
    """An exhibitor who lacks booths, how many, and why."""

    exhibitor_id: str
    missing: int = Field(examples=[1])
    reason: str = Field(examples=["no_booth_with_electricity"])


class FirstFitOut(BaseModel):
    """Who was placed, and who could not be."""

    assigned: list[Placed]
    unplaced: list[Unplaced]


class Swapped(BaseModel):
    """Both booths as they are held now."""

    booths: list[Booth]


class SessionOut(BaseModel):
    """A session; times are in UTC.  `last_change` is why it was last moved or cancelled.

    `outside` says that a change of the fair left it outside of its `days`, or of its `hours`.
    """

    session_id: str
    kind: str
    title: Text
    topic_code: str
    hall_id: str
    speakers: list[str]
    language: str
    audience: str
    starts_at: datetime
    ends_at: datetime
    seats: int | None
    status: str = Field(examples=["scheduled", "cancelled"])
    last_change: str | None
    outside: str | None = Field(examples=[None, "days", "hours"])


def session_out(session: queries.Session) -> SessionOut:
    return SessionOut(
        session_id=session.session_id,
        kind=session.kind,
        title=session.title,
        topic_code=session.topic_code,
        hall_id=session.hall_id,
        speakers=session.speakers,
        language=session.language,
        audience=session.audience,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        seats=session.seats,
        status=session.status,
        last_change=session.last_change,
        outside=session.outside,
    )
