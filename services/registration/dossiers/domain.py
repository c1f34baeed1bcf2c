"""The dossier of one application, as the team checks it: stream `application-{application_id}`.

It has marks, by criterion, which are given before the draw (see the handler of `marks`), and the
documents that were seen or are missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from chassis.kernel.decider import Decider, Stream
from chassis.kernel.refused import Refused


class Document(StrEnum):
    """A paper that a team asks to see; nothing of it is kept but what is said here."""

    REGISTER_EXTRACT = "register_extract"
    """Of the register of cooperatives, of commerce, or of craftspeople."""
    STATUTES = "statutes"
    OFFICERS = "officers"
    """The minutes that say who leads the organisation."""
    ONSSA_AUTHORISATION = "onssa_authorisation"
    """The sanitary authorisation of whoever sells food."""
    INSURANCE = "insurance"
    ARTISAN_CARD = "artisan_card"
    TAX_CERTIFICATE = "tax_certificate"
    LABEL_CERTIFICATE = "label_certificate"
    ID_CARD = "id_card"
    """The identity card of whoever signs."""


NUMBERED = frozenset({Document.REGISTER_EXTRACT, Document.ONSSA_AUTHORISATION})
"""Documents whose number is an organisation's.  Those of others are a person's, and not kept."""


# Commands


@dataclass(frozen=True, slots=True)
class OfDossier:
    """What every command and event of a dossier begins with."""

    fair_id: str
    application_id: str


@dataclass(frozen=True, slots=True)
class MarkApplication(OfDossier):
    """Give a mark, or another in its place; 0 takes it back."""

    criterion: str
    mark: int


@dataclass(frozen=True, slots=True)
class NoteDocumentSeen(OfDossier):
    """A document was seen; a later note replaces it.  `today` is the day at the fair's place."""

    document: Document
    seen_on: date
    today: date
    expires_on: date | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class NoteDocumentMissing(OfDossier):
    """A document is missing: it was asked for and not shown."""

    document: Document


@dataclass(frozen=True, slots=True)
class TakeDocumentNoteBack(OfDossier):
    """Nothing is known of a document after all."""

    document: Document


Command = MarkApplication | NoteDocumentSeen | NoteDocumentMissing | TakeDocumentNoteBack


# Events


@dataclass(frozen=True, slots=True)
class ApplicationMarked(OfDossier):
    criterion: str
    mark: int


@dataclass(frozen=True, slots=True)
class DocumentSeen(OfDossier):
    document: Document
    seen_on: date
    expires_on: date | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentFoundMissing(OfDossier):
    document: Document


@dataclass(frozen=True, slots=True)
class DocumentNoteTakenBack(OfDossier):
    document: Document


DocumentEvent = DocumentSeen | DocumentFoundMissing | DocumentNoteTakenBack
"""What is noted of documents."""
Event = ApplicationMarked | DocumentEvent


# State


@dataclass
class Dossier:
    marks: dict[str, int] = field(default_factory=dict[str, int])
    """Criterion -> mark."""
    documents: dict[Document, DocumentSeen | DocumentFoundMissing] = field(
        default_factory=dict[Document, DocumentSeen | DocumentFoundMissing]
    )
    """Document -> what was noted of it last."""


def initial() -> Dossier:
    return Dossier()


def decide(command: Command, dossier: Dossier) -> list[Event]:
    """Raises Refused.  Returns an empty list where it is so already."""
    of = (command.fair_id, command.application_id)
    match command:
        case MarkApplication(criterion=criterion, mark=mark):
            so = dossier.marks.get(criterion, 0) == mark
            return [] if so else [ApplicationMarked(*of, criterion, mark)]
        case NoteDocumentSeen():
            return _noted(_seen(command), dossier)
        case NoteDocumentMissing(document=document):
            return _noted(DocumentFoundMissing(*of, document), dossier)
        case TakeDocumentNoteBack(document=document):  # pragma: no branch
            known = document in dossier.documents
            return [DocumentNoteTakenBack(*of, document)] if known else []


def _seen(command: NoteDocumentSeen) -> DocumentSeen:
    if command.seen_on > command.today:
        raise Refused("seen_in_future", seen_on=command.seen_on)
    if command.number is not None and command.document not in NUMBERED:
        raise Refused("document_number_not_kept", document=command.document)
    return DocumentSeen(
        command.fair_id,
        command.application_id,
        command.document,
        command.seen_on,
        command.expires_on,
        command.number,
    )


def _noted(note: DocumentSeen | DocumentFoundMissing, dossier: Dossier) -> list[Event]:
    return [] if dossier.documents.get(note.document) == note else [note]


def evolve(dossier: Dossier, event: Event) -> Dossier:
    """Takes over the state that it is given, and changes it in place."""
    match event:
        case ApplicationMarked():
            dossier.marks[event.criterion] = event.mark
        case DocumentSeen() | DocumentFoundMissing():
            dossier.documents[event.document] = event
        case DocumentNoteTakenBack():  # pragma: no branch
            dossier.documents.pop(event.document, None)
    return dossier


DECIDER = Decider("application", initial, decide, evolve)


def application_stream(application_id: str) -> Stream[Command, Dossier, Event]:
    """The stream of one application."""
    return DECIDER.stream(application_id)
