"""Settings of notifications: the accounts at networks, and where these and persons reach us."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Self, cast

import orjson
from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from chassis.process.settings import ServiceSettings

HTTPS = r"^https?://[^\s/?#@]+(/[^\s?#]*[^\s?#/])?$"
NEEDED_BY = {
    "whatsapp_number_id": ("whatsapp_token", "whatsapp_app_secret", "whatsapp_verify_token"),
    "twilio_account_sid": ("twilio_auth_token", "public_url"),
    "smpp_address": ("smpp_system_id", "smpp_password", "smpp_sender"),
}
"""What an account needs beside the setting that names it."""


class ContentsError(Exception):
    """The file of Twilio's contents cannot be read; the message says why."""


class AccountSettings(ServiceSettings):
    """An account is used where the setting that names it is set."""

    secrets: ClassVar[frozenset[str]] = ServiceSettings.secrets | {
        "whatsapp_token",
        "whatsapp_app_secret",
        "whatsapp_verify_token",
        "twilio_auth_token",
        "smpp_password",
        "links_secret",
    }

    public_url: str | None = Field(default=None, pattern=HTTPS)
    """Where networks and persons reach this service, as they write it; without a slash at the end.
    Twilio signs it."""
    whatsapp_url: str = Field(default="https://graph.facebook.com/v24.0", pattern=HTTPS)
    whatsapp_number_id: str | None = Field(default=None, pattern=r"^[0-9]{5,20}$")
    whatsapp_token: str | None = Field(default=None, min_length=1)
    whatsapp_app_secret: str | None = Field(default=None, min_length=8)
    whatsapp_verify_token: str | None = Field(default=None, min_length=8)
    twilio_url: str = Field(default="https://api.twilio.com", pattern=HTTPS)
    twilio_account_sid: str | None = Field(default=None, pattern=r"^AC[0-9a-f]{32}$")
    twilio_auth_token: str | None = Field(default=None, min_length=1)
    twilio_sms_sender: str | None = Field(
        default=None, pattern=r"^(\+[1-9][0-9]{6,14}|MG[0-9a-f]{32}|[A-Za-z0-9 ]{1,11})$"
    )
    twilio_whatsapp_sender: str | None = Field(
        default=None, pattern=r"^(\+[1-9][0-9]{6,14}|MG[0-9a-f]{32})$"
    )
    twilio_contents_file: Path | None = None
    """JSON: the ids of Twilio's contents by template, and within by language."""
    smpp_address: str | None = Field(default=None, pattern=r"^[^\s:]+:[0-9]{1,5}$")
    smpp_system_id: str | None = Field(default=None, pattern=r"^[\x21-\x7e]{1,15}$")
    smpp_password: str | None = Field(default=None, pattern=r"^[\x21-\x7e]{1,8}$")
    smpp_sender: str | None = Field(default=None, pattern=r"^(\+?[0-9]{3,15}|[A-Za-z0-9 ]{1,11})$")
    links_secret: str | None = Field(default=None, min_length=32)
    """Signs the links by which persons answer; without it there are none."""

    @field_validator("twilio_contents_file")
    @classmethod
    def holds_contents(cls, path: Path | None) -> Path | None:
        """Raises PydanticCustomError, so that a service whose file is wrong does not start."""
        try:
            contents_in(path)
        except ContentsError as error:
            raise PydanticCustomError("contents", "{reason}", {"reason": str(error)}) from None
        return path

    @cached_property
    def twilio_contents(self) -> Mapping[tuple[str, str], str]:
        """The ids of Twilio's contents by template and language.  Raises ContentsError."""
        return contents_in(self.twilio_contents_file)

    @model_validator(mode="after")
    def whole(self) -> Self:
        """Raises PydanticCustomError where an account lacks something that it needs."""
        for name, others in NEEDED_BY.items():
            for other in others:
                if getattr(self, name) is not None and getattr(self, other) is None:
                    raise _wrong(other, f"is not set, and MAARID_{name.upper()} needs it")
        if self.environment == "production":
            for name in ("public_url", "whatsapp_url", "twilio_url"):
                if (getattr(self, name) or "https:").startswith("http:"):
                    raise _wrong(name, "is https in production")
        return self


def _wrong(name: str, what: str) -> PydanticCustomError:
    return PydanticCustomError("wrong", "{what}", {"what": f"MAARID_{name.upper()}: {what}"})


def contents_in(path: Path | None) -> Mapping[tuple[str, str], str]:
    """The ids of Twilio's contents by template and language.  Raises ContentsError."""
    if path is None:
        return {}
    try:
        found: object = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ContentsError(f"{path} cannot be read: {type(error).__name__}") from None
    contents: dict[tuple[str, str], str] = {}
    for template, by_language in _object(found, path).items():
        for language, content in _object(by_language, path).items():
            if not isinstance(content, str) or not content.startswith("HX"):
                raise ContentsError(f"{path}: {template} in {language} is no id (HX…)")
            contents[template, language] = content
    return contents


def _object(found: object, path: Path) -> Mapping[str, object]:
    if not isinstance(found, dict):
        raise ContentsError(f"{path}: not an object of templates, each with its languages")
    return cast("Mapping[str, object]", found)
