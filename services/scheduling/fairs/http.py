"""What all requests about a fair, and all answers, have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Request(BaseModel):
    """Unknown fields are refused: their sender has made a mistake and wants to know."""

    model_config = ConfigDict(extra="forbid")


class Response(BaseModel):
    """Made from what a query returns: `BoothOut.model_validate(booth)`."""

    model_config = ConfigDict(from_attributes=True)
