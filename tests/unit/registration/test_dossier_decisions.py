"""What a team notes on an application: marks, and documents."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.registration.dossiers.domain import (
    DECIDER,
    NUMBERED,
    ApplicationMarked,
    Command,
    Document,
    DocumentFoundMissing,
    DocumentNoteTakenBack,
    DocumentSeen,
    Event,
    MarkApplication,
    NoteDocumentMissing,
    NoteDocumentSeen,
    TakeDocumentNoteBack,
)
from tests.deciding import given

OF = ("zagora-2025", "application-A")
YESTERDAY, TODAY, TOMORROW = date(2025, 8, 1), date(2025, 8, 2), date(2025, 8, 3)
ONSSA, STATUTES = Document.ONSSA_AUTHORISATION, Document.STATUTES

SEEN = DocumentSeen(*OF, ONSSA, YESTERDAY, TOMORROW, "MIA.7.84.16")
SEE = NoteDocumentSeen(*OF, ONSSA, YESTERDAY, TODAY, TOMORROW, "MIA.7.84.16")
MISSING = DocumentFoundMissing(*OF, ONSSA)
MISS = NoteDocumentMissing(*OF, ONSSA)
BACK = TakeDocumentNoteBack(*OF, ONSSA)

DECIDED: dict[str, tuple[tuple[Event, ...], Command, list[Event]]] = {
    "a mark": ((), MarkApplication(*OF, "quality", 3), [ApplicationMarked(*OF, "quality", 3)]),
    "a mark that is so": (
        (ApplicationMarked(*OF, "quality", 3),),
        MarkApplication(*OF, "quality", 3),
        [],
    ),
    "none is 0": ((), MarkApplication(*OF, "quality", 0), []),
    "a document is seen": ((), SEE, [SEEN]),
    "today": ((), replace(SEE, seen_on=TODAY), [replace(SEEN, seen_on=TODAY)]),
    "it was seen so before": ((SEEN,), SEE, []),
    "it is seen with another expiry": (
        (SEEN,),
        replace(SEE, expires_on=None),
        [replace(SEEN, expires_on=None)],
    ),
    "it is missing": ((), MISS, [MISSING]),
    "it is missing after all": ((SEEN,), MISS, [MISSING]),
    "it is missing still": ((MISSING,), MISS, []),
    "it was missing, and is seen": ((MISSING,), SEE, [SEEN]),
    "a note is taken back": ((SEEN,), BACK, [DocumentNoteTakenBack(*OF, ONSSA)]),
    "there is no note": ((), BACK, []),
    "it is taken back already": ((SEEN, DocumentNoteTakenBack(*OF, ONSSA)), BACK, []),
    "another document has a note of its own": (
        (SEEN,),
        NoteDocumentMissing(*OF, STATUTES),
        [DocumentFoundMissing(*OF, STATUTES)],
    ),
}


@pytest.mark.parametrize(("events", "command", "then"), DECIDED.values(), ids=DECIDED.keys())
def test_it_is_decided(events: tuple[Event, ...], command: Command, then: list[Event]) -> None:
    given(DECIDER, *events).when(command).then(*then)


def test_a_document_cannot_be_seen_on_a_day_to_come() -> None:
    given(DECIDER).when(replace(SEE, seen_on=TOMORROW)).refused("seen_in_future", seen_on=TOMORROW)


@pytest.mark.parametrize("document", Document)
def test_a_number_that_may_be_a_persons_is_not_kept(document: Document) -> None:
    deciding: Any = given(DECIDER).when(replace(SEE, document=document))
    if document in NUMBERED:
        deciding.then(replace(SEEN, document=document))
    else:
        deciding.refused("document_number_not_kept", document=document)
