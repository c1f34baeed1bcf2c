"""What a stack is asked for, and what it answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class StackError(Exception):
    """The servers cannot be had; the message tells a person what to do about it."""


class StackSettings(BaseSettings):
    """Which servers to use and where they keep their state (environment variables MAARID_*)."""

    model_config = SettingsConfigDict(env_prefix="MAARID_", extra="ignore")

    stack: Literal["embedded", "containers", "external"] = "embedded"
    home: Path = Path(".maarid")
    """Directory of the embedded servers: data, logs, pid files."""
    kafka_port: int = Field(default=0, ge=0, le=65535)
    """Port of the embedded Kafka on 127.0.0.1; 0 chooses a free one and remembers it."""
    bootstrap: str = ""
    """Bootstrap servers of an external Kafka, "host:port[,host:port…]"."""
    postgres_image: str = "postgres:18"
    kafka_image: str = "apache/kafka:4.3.1"


@dataclass(frozen=True)
class Addresses:
    """Where the servers answer."""

    bootstrap: str
    """Kafka bootstrap servers, "127.0.0.1:PORT"."""
    owner_dsn: Mapping[str, str]
    """Service name to the DSN of the role that owns its database (and runs its migrations)."""
    service_dsn: Mapping[str, str]
    """Service name to the DSN of the service's own low-privilege login role."""
    home: Path | None
    """Directory of the embedded servers' state; None where the servers are somebody else's."""


class Stack(Protocol):
    """Running servers."""

    @property
    def addresses(self) -> Addresses: ...

    @property
    def admin_dsn(self) -> str | None:
        """DSN that may create databases and roles; None where nobody gave us one."""
        ...

    async def stop(self) -> None:
        """Stop what this stack has started; nothing of it is left running."""
        ...
