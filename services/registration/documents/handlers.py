"""The handler of notes on documents: it asks the fair whether there is such an application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from services.registration.dossiers.domain import (
    Command,
    Document,
    NoteDocumentMissing,
    NoteDocumentSeen,
    TakeDocumentNoteBack,
    application_stream,
)
from services.registration.fairs.domain import Fair, fair_stream


class Found(StrEnum):
    """What the team found when it asked for a document."""

    SEEN = "seen"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Note:
    """What is noted of a document; without `seen_on` it is seen today."""

    document: Document
    found: Found
    seen_on: date | None = None
    expires_on: date | None = None
    number: str | None = None


async def note_document(
    runtime: Runtime, context: CommandContext, fair_id: str, application_id: str, note: Note
) -> None:
    """Raises Refused where the fair has no such application, or what is noted cannot be."""
    await runtime.desk.refused_before(context)
    fair: Fair = await runtime.desk.state(fair_stream(fair_id))
    if fair.announced is None or application_id not in fair.selection.applications:
        raise Refused("application_unknown", application_id=application_id)
    today = runtime.clock.now().astimezone(ZoneInfo(fair.announced.timezone)).date()
    command = _command(fair_id, application_id, note, today)
    await runtime.desk.execute(application_stream(application_id), command, context)


def _command(fair_id: str, application_id: str, note: Note, today: date) -> Command:
    of = (fair_id, application_id, note.document)
    match note.found:
        case Found.SEEN:
            return NoteDocumentSeen(*of, note.seen_on or today, today, note.expires_on, note.number)
        case Found.MISSING:
            return NoteDocumentMissing(*of)
        case Found.UNKNOWN:
            return TakeDocumentNoteBack(*of)
