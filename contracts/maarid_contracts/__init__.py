"""The public events of Maarid: what services say to each other and to everybody else."""

from __future__ import annotations

from collections.abc import Mapping

from maarid_contracts import notifications, registration, scheduling, ticketing
from maarid_contracts.envelope import Contract, Entry, catalogue_of, type_of

CATALOGUE: Mapping[str, Entry] = {
    **catalogue_of(registration.EVENTS),
    **catalogue_of(registration.RECORDS, key="contact id"),
    **catalogue_of(registration.WEARER_RECORDS, key="wearer id"),
    **catalogue_of(scheduling.EVENTS),
    **catalogue_of(ticketing.EVENTS),
    **catalogue_of(notifications.EVENTS),
}
"""Every type and version ever published, by its CloudEvents type."""

EVENT_TOPICS: tuple[str, ...] = (
    registration.TOPIC,
    scheduling.TOPIC,
    ticketing.TOPIC,
    notifications.TOPIC,
)
"""Topics that keep every event for ever, keyed by stream."""

COMPACTED_TOPICS: tuple[str, ...] = (registration.CONTACTS_TOPIC, registration.PEOPLE_TOPIC)
"""Topics that keep the last record of each key."""

__all__ = ["CATALOGUE", "COMPACTED_TOPICS", "EVENT_TOPICS", "Contract", "Entry", "type_of"]
