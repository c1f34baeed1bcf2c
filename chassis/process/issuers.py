"""Whose tokens a service takes: the issuer of its settings, and further ones that a file names."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

IssuedRole = Literal["organiser", "exhibitor", "steward", "service", "auditor"]
"""A role that an issuer's token may name."""

MOST = 20
KEYS = r"^(https?|file)://"


class Issuer(BaseModel):
    """An OpenID Connect issuer, and what it may say of a caller."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9-]{0,19}$")
    """Stands in the log beside the subjects of a further issuer, which mean nothing to the first;
    None for the first."""
    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    jwks_url: str = Field(pattern=KEYS)
    roles_claim: str = Field(default="roles", pattern=r"^[^.\s]+(\.[^.\s]+)*$")
    """Where a token has its roles: names of claims within claims, with dots between them."""
    roles: frozenset[IssuedRole] = Field(min_length=1)
    """A token with another role than these is refused."""


class _Named(Issuer):
    """A further issuer needs a name."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,19}$")  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    issuers: Sequence[_Named] = Field(min_length=1, max_length=MOST)

    @model_validator(mode="after")
    def _each_once(self) -> _File:
        for what in ("name", "issuer"):
            values = [getattr(each, what) for each in self.issuers]
            twice = next((value for value in values if values.count(value) > 1), None)
            if twice is not None:
                raise ValueError(f"{what} {twice} stands there twice")
        return self


class IssuersError(Exception):
    """A file names no issuers; the message is one line that says why."""


def read_issuers(path: Path) -> Sequence[Issuer]:
    """The issuers that a file names, in TOML: a table `[[issuers]]` for each.
    Raises IssuersError."""
    try:
        return _File.model_validate(tomllib.loads(path.read_text("utf-8"))).issuers
    except OSError as error:
        raise IssuersError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise IssuersError(f"{path} is not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise IssuersError(f"{path}: {where}{': ' if where else ''}{first['msg']}") from None
