"""The events of documents, and their contracts."""

from __future__ import annotations

from maarid_contracts import registration

from chassis.log.event_types import event_types_of
from services.registration.dossiers.domain import DocumentEvent

EVENTS = event_types_of(DocumentEvent, registration.EVENTS)
