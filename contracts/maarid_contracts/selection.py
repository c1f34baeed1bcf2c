"""What registration says of selections by published rules: a part of `registration`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from maarid_contracts.envelope import Code, Id, Part, Slug
from maarid_contracts.registration_topic import RegistrationContract

Digest = Annotated[
    str, Field(pattern=r"^[0-9a-f]{64}$", examples=["9f86d081884c7d659a2feaa0c55ad015" * 2])
]
"""32 bytes in hexadecimal: a secret, a seed, or a SHA-256 sum."""

Binding = Annotated[
    str, Field(pattern=r"^[a-z0-9_:/-]{1,160}$", examples=["places", "province:azilal/products"])
]
"""`places`, or the name of a quota: what it counts, then `:value`, then `/pole`."""

LETTERS = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f"
    "\u0621-\u063a\u0641-\u0652\u0670-\u06d3"
    "\u2d30-\u2d67"
)
Word = Annotated[str, Field(pattern=f"^[{LETTERS}]{{1,40}}$", examples=["زعفران"])]
"""One word of Arabic, Latin or Tifinagh letters."""


TermValue = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", examples=["cooperative", "azilal"])
]
"""A kind, a province, a programme, a family or a criterion."""


DocumentNumber = Annotated[
    str,
    Field(
        pattern=r"^[A-Z]{1,8}([./-][0-9A-Z]{1,6}){1,5}$|^[0-9]{1,6}/[0-9]{2,4}$",
        examples=["MIA.7.84.16", "1254/2019"],
    ),
]
"""That of a register extract or a sanitary authorisation; a phone number does not fit into it."""


class ScoreTerm(Part):
    """Points of an application for one thing that is known of it."""

    of: Code = Field(
        description="What it is for; further kinds of terms may be added.",
        examples=["kind", "province", "programme", "women_led", "youth_led", "newcomer"],
    )
    value: TermValue | None = Field(
        default=None, description="Which kind, province, programme, family or criterion."
    )
    points: int = Field(description="For a mark: for each point that the team gave.")


class Quota(Part):
    """The share of the places given, in the fair or in one pole, that some applicants get."""

    of: Code = Field(examples=["women_led", "youth_led", "newcomer", "kind", "province"])
    value: TermValue | None = None
    pole_id: Slug | None = Field(default=None, description="None: of the whole fair.")
    at_least: int = Field(default=0, ge=0, le=100, description="Per cent of the places given.")
    at_most: int = Field(default=100, ge=0, le=100, description="Per cent of the places given.")


class QuotaTaken(Quota):
    """A quota, and what a selection gave."""

    places: int = Field(ge=0, description="Places of those whom it counts.")
    of_places: int = Field(ge=0, description="All places given, in the fair or the pole.")


class SelectionRulesPublishedV1(RegistrationContract):
    """By these rules applications will be selected; they are frozen when the call closes."""

    since: ClassVar[str] = "1.2.0"

    fair_id: Slug
    terms: tuple[ScoreTerm, ...]
    quotas: tuple[Quota, ...]
    waiting: int | None = Field(
        default=None, ge=0, description="How many of each pole wait at most; None: all."
    )
    offer_hours: int | None = Field(
        default=None, ge=1, description="Hours to answer the offer of a place given back."
    )
    secret_hash: Digest = Field(description="SHA-256 of the secret that the draw will use.")


class DrawHeldV1(RegistrationContract):
    """The order among equal scores was drawn: anybody can draw it again.

    `seed` is sha256(secret ‖ word); applications are in the order of sha256(seed ‖ application_id),
    those that came after this event behind all others, in the order in which they came.
    """

    since: ClassVar[str] = "1.2.0"

    fair_id: Slug
    secret: Digest
    word: Word
    seed: Digest


class SelectionPublishedV1(RegistrationContract):
    """The applications of a fair were decided by its rules: the events before this one, of the
    same command, are the decisions."""

    since: ClassVar[str] = "1.2.0"

    fair_id: Slug
    terms: tuple[ScoreTerm, ...]
    quotas: tuple[QuotaTaken, ...]
    seed: Digest
    accepted: int = Field(ge=0)
    waitlisted: int = Field(ge=0)
    rejected: int = Field(ge=0)
    adjusted: int = Field(ge=0, description="Decisions that the team made otherwise.")
    score: int = Field(description="The points of all that were accepted.")
    objective: int = Field(description="The points that the run proposed.")
    bound: int = Field(description="No selection by the rules has more points.")
    proven: bool = Field(description="Whether the run proved that there is nothing better.")
    digest: Digest = Field(description="SHA-256 of what the run was given.")
    saw_version: int = Field(ge=0, description="The version of the fair's stream that it saw.")


class ApplicationMarkedV1(RegistrationContract):
    """The organising team marked an application by one criterion."""

    since: ClassVar[str] = "1.2.0"

    fair_id: Slug
    application_id: Id
    criterion: Code = Field(examples=["quality", "pioneer"])
    mark: int = Field(ge=0)


class DocumentSeenV1(RegistrationContract):
    """The organising team saw a document of an application; the last note of each counts."""

    since: ClassVar[str] = "1.2.0"

    fair_id: Slug
    application_id: Id
    document: Code = Field(examples=["onssa_authorisation", "statutes"])
    seen_on: date
    expires_on: date | None = Field(
        default=None, description="The last day on which it is valid, where that ends."
    )
    number: DocumentNumber | None = None


class DocumentFoundMissingV1(RegistrationContract):
    """The organising team misses a document of an application."""

    since: ClassVar[str] = "1.2.0"

    fair_id: Slug
    application_id: Id
    document: Code = Field(examples=["insurance"])


class DocumentNoteTakenBackV1(RegistrationContract):
    """What was noted of a document does not hold: nothing is known of it."""

    since: ClassVar[str] = "1.2.0"

    fair_id: Slug
    application_id: Id
    document: Code = Field(examples=["insurance"])
