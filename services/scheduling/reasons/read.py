"""What is answered about the reasons for a booth."""

from __future__ import annotations

from pydantic import Field

from chassis.answers.shapes import AnswerOut


class PaymentOut(AnswerOut):
    """By how much the costs of an exhibitor change under one rule; less than 0 is a gain."""

    exhibitor_id: str
    rule: str = Field(examples=["family_beside"])
    cost: int


class OtherOut(AnswerOut):
    """Other booths, by one move or swap."""

    booths: list[str]
    swapped_with: str | None = Field(description="The exhibitor who would stand here instead.")
    cost: int = Field(description="By how much the whole would cost more; less than 0 is better.")
    paid_by: list[PaymentOut]


class LackOut(AnswerOut):
    """Why an exhibitor has no booth, or not all."""

    reason: str = Field(examples=["no_booth_with_water"])
    would_help: list[str] = Field(
        description="Single changes after which a free booth would do: a need that is given up,"
        " `fewer_booths`, `rule_forbidden`."
    )


class ReasonsOut(AnswerOut):
    """Why an exhibitor stands where it does, by the rules in force on the floor as it is now."""

    exhibitor_id: str
    booths: list[str]
    costs: dict[str, int] = Field(description="What its place costs by soft rule; 0 is left out.")
    others: list[OtherOut] = Field(description="The three best others, the best first.")
    lacks: LackOut | None = Field(description="Null where it has all that it asked for.")
