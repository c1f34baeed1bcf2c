"""Routes of codes, for the service through which people sign in."""

from __future__ import annotations

import ipaddress
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from maarid_contracts.envelope import Id, Slug
from pydantic import AfterValidator, ConfigDict, Field

from chassis.answers.shapes import AnswerOut
from chassis.api.fields import RequestIn
from chassis.api.requests import Role, RuntimeDep, SecretContextDep, allow, wrong
from services.notifications.codes import handlers
from services.notifications.codes.keys import CODE_DIGITS

CODE = "0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47"

router = APIRouter(tags=["codes"], dependencies=[allow(Role.SERVICE)])


def _address(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise wrong("written_otherwise", like="203.0.113.7") from None
    return text


def _digits(text: str) -> str:
    """The code as it was sent, however a keyboard writes digits.  Raises ValueError."""
    plain = "".join(str(unicodedata.decimal(sign, sign)) for sign in text if not sign.isspace())
    if len(plain) != CODE_DIGITS or not (plain.isascii() and plain.isdigit()):
        raise wrong("written_otherwise", like="123456")
    return plain


class CodeIn(RequestIn):
    """A number that somebody says is theirs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "phone": "06 12 34 56 78",
                    "language": "ar",
                    "fair_id": "ouarzazate-2025",
                    "address": "203.0.113.7",
                }
            ]
        }
    )

    phone: str = Field(
        min_length=1, max_length=60, description="A mobile number of Morocco, in any spelling."
    )
    language: Literal["ar", "fr", "zgh", "en"] | None = Field(
        default=None, description="In which the code is written; else in a contact's own."
    )
    fair_id: Slug | None = Field(default=None, description="The fair that the text names.")
    address: Annotated[str, AfterValidator(_address)] = Field(
        min_length=2,
        max_length=60,
        description="The IP address of who asks.  A keyed hash of it is kept for a day.",
    )


class AskedOut(AnswerOut):
    """What is checked later; said as well where nothing is sent to the number any more."""

    code_id: Id
    expires_at: datetime


class TypedIn(RequestIn):
    """What somebody has read in the message."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code_id": CODE, "code": "123456"}]})

    code_id: Id
    code: Annotated[str, AfterValidator(_digits)] = Field(
        min_length=CODE_DIGITS,
        max_length=4 * CODE_DIGITS,
        description="Six digits of any script, also with spaces.",
    )


class KnownOut(AnswerOut):
    """Who is reached under the number: several may share a phone, and nobody may be known yet."""

    contact_ids: Sequence[Id]


@router.post("/codes", status_code=202, response_description="Taken up, or silently refused.")
async def send_code(runtime: RuntimeDep, context: SecretContextDep, asked: CodeIn) -> AskedOut:
    """Send a code to a mobile number; it is good for ten minutes, once.

    The answer is the same for every number, known or not, and for one that gets no code any more.
    """
    found = await handlers.ask(
        runtime, context, asked.phone, asked.address, asked.language, asked.fair_id
    )
    return AskedOut(**found._asdict())


@router.post("/codes/check")
async def check_code(runtime: RuntimeDep, context: SecretContextDep, typed: TypedIn) -> KnownOut:
    """Who is reached under the number of a code.  Five tries; a right one is answered once, and
    again to the same request."""
    found = await handlers.check(runtime, context, typed.code_id, typed.code)
    return KnownOut(contact_ids=found)
