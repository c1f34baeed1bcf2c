"""Settings of a service, from the environment; secrets also from files that it names."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, NoReturn, TypeVar, get_args

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.process.issuers import IssuedRole, Issuer, IssuersError, read_issuers

DEVELOPMENT_ISSUER = "maarid-development"
"""The issuer of `maarid token`; refused outside development."""


class ServiceSettings(BaseSettings):
    """What every service needs; each has a class of its own that may add to it."""

    model_config = SettingsConfigDict(env_prefix="MAARID_", extra="ignore")

    secrets: ClassVar[frozenset[str]] = frozenset({"database_url"})
    """What may stand in a file instead, which `MAARID_<NAME>_FILE` names."""

    database_url: str = Field(
        pattern=r"^postgres(ql)?://", description="The service's own database and role."
    )
    bootstrap_servers: str = Field(
        pattern=r"^[^\s:]+:[0-9]+(,[^\s:]+:[0-9]+)*$", description="Kafka, as host:port,host:port."
    )
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    environment: Literal["production", "development"] = "production"
    simulated_clock: bool = Field(
        default=False, description="The hour is moved by a player; development only."
    )
    issuer: str = Field(description="Who signs the bearer tokens (the `iss` claim).")
    max_connections: int = Field(
        default=800,
        ge=1,
        description="Connections of callers; keep it some hundred below the limit of open files.",
    )
    cors_origins: str = Field(
        default="",
        pattern=r"^(https?://[^\s,/*]+(,https?://[^\s,/*]+)*)?$",
        description="Web pages that may call from a browser, as https://host,https://host:port.",
    )
    audience: str = "maarid"
    jwks_url: str = Field(
        pattern=r"^(https?|file)://", description="Where the issuer's public keys are."
    )
    jwks_over_http: bool = Field(
        default=False,
        description="Believe keys that come over http, where only a trusted network lies between.",
    )
    issuers_file: Path | None = Field(
        default=None,
        description="Further issuers, what they may say, and where their keys are.",
    )
    otlp_endpoint: str | None = Field(
        default=None, description="OpenTelemetry collector; no traces are exported without one."
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    session_seconds: float = Field(
        default=10,
        ge=1,
        le=300,
        description="A consumer not heard from for so long loses its partitions to others.",
    )
    stuck_seconds: float = Field(
        default=60,
        ge=1,
        description="A consumer that lags and gets nowhere for so long ends its process.",
    )
    trust_log: bool = Field(
        default=False,
        description="Start although the topic has later events than the log "
        "(chassis/publishing/behind.py).",
    )
    break_at: str | None = Field(
        default=None,
        description="For fault tests: chassis/process/breakpoints.py; development only.",
    )

    @cached_property
    def issuers(self) -> Sequence[Issuer]:
        """All issuers whose tokens are taken, the first of which may give every role.
        Raises SettingsError where the file of the others is wrong."""
        first = Issuer(
            issuer=self.issuer,
            audience=self.audience,
            jwks_url=self.jwks_url,
            roles=frozenset(get_args(IssuedRole)),
        )
        if self.issuers_file is None:
            return (first,)
        try:
            further = read_issuers(self.issuers_file)
        except IssuersError as error:
            raise SettingsError(f"MAARID_ISSUERS_FILE: {error}") from None
        if any(each.issuer == first.issuer for each in further):
            raise SettingsError("MAARID_ISSUERS_FILE: it names the issuer of MAARID_ISSUER again")
        return (first, *further)


class SettingsError(Exception):
    """A setting is missing or wrong; the message is one line for the person who set it."""


def given(variable: str) -> str | None:
    """What the environment says, or the file that `<variable>_FILE` names; None if neither.

    Files are for secrets: an environment is shown to everybody who may look at a container.
    Raises SettingsError where both are set, or the file cannot be read.
    """
    value, path = os.environ.get(variable), os.environ.get(f"{variable}_FILE")
    if not path:
        return value
    if value is not None:
        raise SettingsError(f"{variable} and {variable}_FILE are both set: unset one")
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable}_FILE: {path} cannot be read: {error}") from None


S = TypeVar("S", bound=BaseSettings)


def read_settings(cls: type[S]) -> S:
    """The settings from the environment.  Raises SettingsError, without repeating any value."""
    secrets: dict[str, Any] = {}
    if issubclass(cls, ServiceSettings):
        names = sorted(cls.secrets)
        found = {name: given(f"MAARID_{name.upper()}") for name in names}
        secrets = {name: value for name, value in found.items() if value is not None}
    try:
        settings = cls(**secrets)
    except ValidationError as error:
        prefix = str(cls.model_config.get("env_prefix", ""))
        wrong = [
            # What is asked of several settings together says itself which one is wrong.
            (f"{prefix}{'_'.join(map(str, found['loc'])).upper()}: " if found["loc"] else "")
            + ("is not set" if found["type"] == "missing" else found["msg"])
            for found in error.errors(include_url=False, include_input=False)
        ]
        raise SettingsError("; ".join(wrong)) from None
    if isinstance(settings, ServiceSettings):
        issuers = settings.issuers
        if settings.environment == "production":
            _refuse_in_production(settings, issuers)
    return settings


def _refuse_in_production(settings: ServiceSettings, issuers: Sequence[Issuer]) -> None:
    """Raises SettingsError on what is for development only."""
    for each in issuers:
        name = "MAARID_ISSUERS_FILE" if each.name else "MAARID_JWKS_URL"
        whose = f" of {each.name}" if each.name else ""
        if each.issuer == DEVELOPMENT_ISSUER:
            name = "MAARID_ISSUERS_FILE" if each.name else "MAARID_ISSUER"
            raise SettingsError(f"{name}: the development issuer is refused in production")
        if each.jwks_url.startswith("file:"):
            raise SettingsError(f"{name}: keys{whose} come over https in production, not a file")
        if each.jwks_url.startswith("http:") and not settings.jwks_over_http:
            raise SettingsError(
                f"{name}: keys{whose} come over https in production: over http anybody on the way"
                " could put in a key, and sign tokens with it; MAARID_JWKS_OVER_HTTP=true says that"
                " nobody is on the way"
            )
    if settings.simulated_clock:
        raise SettingsError("MAARID_SIMULATED_CLOCK: only for development; unset it")
    if settings.break_at:
        raise SettingsError("MAARID_BREAK_AT: only for development; unset it")


def settings_or_exit(cls: type[S], service: str) -> S:
    """The settings, or one clear line on standard error and exit code 2."""
    try:
        return read_settings(cls)
    except SettingsError as error:
        cannot_start(service, str(error))


def cannot_start(service: str, reason: str) -> NoReturn:
    """One clear line on standard error, and exit code 2."""
    sys.stderr.write(f"{service}: cannot start: {reason}\n")
    raise SystemExit(2) from None
