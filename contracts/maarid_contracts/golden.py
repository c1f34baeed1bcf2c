"""Golden samples: one message of every type and version, as it stands on its topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maarid_contracts.schemas import PACKAGE, load


@dataclass(frozen=True)
class Sample:
    """One message: its Kafka headers and key as text, its value as a JSON object."""

    headers: Mapping[str, str]
    key: str
    data: Mapping[str, Any]


def sample_of(type_name: str, directory: Path = PACKAGE / "golden") -> Sample:
    """The golden sample of a type.  Raises FileNotFoundError where there is none yet."""
    stored = load(directory / f"{type_name}.json")
    return Sample(headers=stored["headers"], key=stored["key"], data=stored["data"])
