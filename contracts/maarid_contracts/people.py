"""What registration says of the people who wear badges: a part of `registration`."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from maarid_contracts.envelope import Code, Contract, Id, Slug
from maarid_contracts.registration_topic import RegistrationContract

PEOPLE_TOPIC = "registration.people.v1"


class WearerAddedV1(RegistrationContract):
    """Somebody is to wear a badge of an exhibitor; who stands in the wearer's record."""

    since: ClassVar[str] = "1.2.0"

    fair_id: Slug
    exhibitor_id: Id
    organisation_id: Id
    wearer_id: Id
    role: Code = Field(description="What they do there.", examples=["seller", "interpreter"])


class WearerRemovedV1(RegistrationContract):
    """Somebody does not come after all; nothing personal is kept of them."""

    since: ClassVar[str] = "1.2.0"

    fair_id: Slug
    exhibitor_id: Id
    organisation_id: Id
    wearer_id: Id
    reason: Code = Field(examples=["ill", "replaced", "exhibitor_withdrawn"])


class WearerErasedV1(RegistrationContract):
    """The personal data of somebody who wore a badge was erased on request."""

    since: ClassVar[str] = "1.2.0"

    fair_id: Slug
    exhibitor_id: Id
    organisation_id: Id
    wearer_id: Id


class WearerRecordV1(Contract):
    """The current record of one who wears a badge, for whoever prints it; it carries personal data.

    Published on a compacted topic, keyed by wearer id; a tombstone means that the person does not
    come or was erased, and whoever keeps a copy deletes it.
    """

    topic: ClassVar[str] = PEOPLE_TOPIC
    since: ClassVar[str] = "1.2.0"

    wearer_id: Id
    fair_id: Slug
    exhibitor_id: Id
    organisation_id: Id
    role: Code = Field(description="What they do there.", examples=["seller", "interpreter"])
    name: str = Field(min_length=1, max_length=200, description="Personal data.")
    phone: str | None = Field(
        default=None, pattern=r"^\+[1-9][0-9]{6,14}$", description="Personal data; E.164."
    )
    revision: int = Field(ge=1, description="Counts the changes of this record.")
