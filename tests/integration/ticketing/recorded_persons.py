"""Persons as registration records them, all made up, and what ticketing has kept of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import asyncpg
from maarid_contracts.envelope import Contract, Text
from maarid_contracts.registration import (
    ContactErasedV1,
    ContactRecordV1,
    OrganisationEnrolledV1,
    WearerErasedV1,
    WearerRecordV1,
    WearerRemovedV1,
)

from chassis.kafka.envelope import encode_record
from tests.integration.ticketing.running_ticketing import Ticketing
from tests.running_service import uid
from tests.waiting import eventually

PHONE = "+212600004137"


@dataclass
class Recorded:
    """A fair's exhibitor with its organisation, and records of persons."""

    ticketing: Ticketing
    db: asyncpg.Connection
    fair_id: str
    exhibitor_id: str = field(default_factory=uid)
    organisation_id: str = field(default_factory=uid)

    async def enrol(self, french: str) -> None:
        """Say what the organisation is called."""
        said = OrganisationEnrolledV1.model_validate(
            {
                "organisation_id": self.organisation_id,
                "kind": "cooperative",
                "name": Text(ar="تعاونية الأمل", fr=french),
                "province": "azilal",
                "region": "beni-mellal-khenifra",
            }
        )
        await self.ticketing.hear(f"organisation-{self.organisation_id}", said)

    async def wearer(self, name: str, revision: int = 1, wearer_id: str | None = None) -> str:
        """Record somebody who wears a badge, and wait until that is known."""
        wearer_id = wearer_id or uid()
        record = WearerRecordV1(
            wearer_id=wearer_id,
            fair_id=self.fair_id,
            exhibitor_id=self.exhibitor_id,
            organisation_id=self.organisation_id,
            role="seller",
            name=name,
            phone=PHONE,
            revision=revision,
        )
        await self.record(wearer_id, record, WearerRecordV1, revision)
        await eventually(lambda: self.kept(wearer_id), lambda kept: kept == [name])
        return wearer_id

    async def contact(self, name: str) -> str:
        """Record a contact, and wait until that is known."""
        contact_id = uid()
        record = ContactRecordV1(
            contact_id=contact_id,
            organisation_id=self.organisation_id,
            role="chair",
            name=name,
            phone=PHONE,
            language="fr",
            channel="sms",
            consent=True,
            revision=1,
        )
        await self.record(contact_id, record, ContactRecordV1, 1)
        await eventually(lambda: self.kept(contact_id), lambda kept: kept == [name])
        return contact_id

    async def record(
        self, key: str, record: Contract | None, model: type[Contract], revision: int
    ) -> None:
        """Publish a record, or a tombstone."""
        message = encode_record(key, record, model=model, revision=revision, event_id=uuid4())
        await self.ticketing.send_message(model.topic, message)

    async def erased(self, wearer_id: str, *, removed: bool = False) -> None:
        """Say that somebody wears no badge any more; no tombstone comes."""
        whose = {
            "fair_id": self.fair_id,
            "exhibitor_id": self.exhibitor_id,
            "organisation_id": self.organisation_id,
            "wearer_id": wearer_id,
        }
        said = WearerRemovedV1(**whose, reason="ill") if removed else WearerErasedV1(**whose)
        await self.ticketing.hear(f"exhibitor-{self.exhibitor_id}", said)

    async def contact_erased(self, contact_id: str) -> None:
        said = ContactErasedV1(organisation_id=self.organisation_id, contact_id=contact_id)
        await self.ticketing.hear(f"organisation-{self.organisation_id}", said)

    async def kept(self, person_id: str) -> list[str]:
        """The names that are kept of a person."""
        rows = await self.db.fetch(
            "select name from own.wearer_names where wearer_id = $1 union all"
            " select name from own.contact_names where contact_id = $1",
            person_id,
        )
        return [row["name"] for row in rows]

    async def tables_with(self, needle: str, schemas: Sequence[str]) -> set[str]:
        """The tables in which a text stands anywhere."""
        tables = await self.db.fetch(
            "select format('%I.%I', schemaname, tablename) as name from pg_tables"
            " where schemaname = any($1)",
            list(schemas),
        )
        return {
            table["name"]
            for table in tables
            if await self.db.fetchval(
                f"select exists (select from {table['name']} as t"
                " where position($1 in t::text) > 0)",
                needle,
            )
        }
