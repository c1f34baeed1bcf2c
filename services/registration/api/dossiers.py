"""What applications look like in requests and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.registration.api.fields import Code, Flag, Form, Id, Slug, TextForm, Whole
from services.registration.domain.application import (
    Needs,
    Participation,
    Product,
    SubmitApplication,
)
from services.registration.domain.selection import Status
from services.registration.domain.text import Text


class ProductForm(Form):
    family: Annotated[Code, Field(examples=["olive_oil"])]
    name: TextForm


class NeedsForm(Form):
    """What the booth must have."""

    electricity: Flag = False
    water: Flag = False
    corner: Flag = False
    step_free: Flag = False
    min_area_m2: Annotated[
        float, Field(strict=True, ge=0, le=1000, allow_inf_nan=False, description="Square metres.")
    ] = 0.0

    def needs(self) -> Needs:
        return Needs(
            electricity=self.electricity,
            water=self.water,
            corner=self.corner,
            step_free=self.step_free,
            min_area_m2=self.min_area_m2,
        )


class ApplicationForm(Form):
    organisation_id: Id
    participation: Participation = Participation.EXHIBITOR
    pole_id: Annotated[Slug, Field(examples=["products"])]
    products: Annotated[tuple[ProductForm, ...], Field(max_length=100)] = ()
    booths: Annotated[Whole, Field(ge=1, le=100, description="Booths wanted.")] = 1
    people: Annotated[Whole, Field(ge=0, le=1000, description="People who would wear a badge.")]
    needs: NeedsForm = NeedsForm()
    programmes: Annotated[tuple[Slug, ...], Field(max_length=20)] = ()

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "organisation_id": "0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47",
                    "participation": "exhibitor",
                    "pole_id": "products",
                    "products": [
                        {
                            "family": "olive_oil",
                            "name": {"ar": "زيت الزيتون", "fr": "Huile d'olive"},
                        }
                    ],
                    "booths": 1,
                    "people": 2,
                    "needs": {"electricity": True},
                    "programmes": ["mouazara"],
                }
            ]
        },
    )

    def command(
        self, application_id: str, contact_id: str | None, now: datetime
    ) -> SubmitApplication:
        return SubmitApplication(
            application_id=application_id,
            organisation_id=self.organisation_id,
            contact_id=contact_id,
            participation=self.participation,
            pole_id=self.pole_id,
            products=tuple(Product(each.family, each.name.text()) for each in self.products),
            booths=self.booths,
            people=self.people,
            needs=self.needs.needs(),
            programmes=tuple(dict.fromkeys(self.programmes)),
            now=now,
        )


class ApplicationCreated(BaseModel):
    application_id: str


class DecisionAnswer(BaseModel):
    application_id: str
    status: Status
    rank: int | None = Field(default=None, description="On the pole's list, when put there.")
    moved_up: list[str] = Field(
        default=[], description="Exhibitors who got the places that were given back."
    )


class ApplicationAnswer(BaseModel):
    """An application; once accepted its id is the exhibitor's."""

    model_config = ConfigDict(from_attributes=True)

    application_id: str
    fair_id: str
    organisation_id: str
    organisation_name: Text
    kind: str
    province: str
    contact_id: str | None
    participation: str
    pole_id: str
    products: tuple[Product, ...]
    families: tuple[str, ...]
    booths: int
    people: int
    needs: Needs
    programmes: tuple[str, ...]
    status: str
    reason: str | None
    rank: int | None
    from_waitlist: bool
    submitted_at: datetime
    decided_at: datetime | None


class ExhibitorAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    exhibitor_id: str = Field(validation_alias="application_id")
    organisation_id: str
    organisation_name: Text
    kind: str
    province: str
    contact_id: str | None
    participation: str
    pole_id: str
    families: tuple[str, ...]
    booths: int
    people: int
    needs: Needs
    programmes: tuple[str, ...]
    from_waitlist: bool
