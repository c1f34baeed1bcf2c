"""What is wrong with a value that was sent, in the language of whoever sent it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString, cast

from pydantic_core import PydanticCustomError


def read_texts(path: Path) -> dict[str, Any]:
    """What a TOML file says; nothing where there is none."""
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


TEXTS: Mapping[str, Mapping[str, str]] = read_texts(Path(__file__).with_suffix(".toml"))
OTHER = "other"
MOST = 20
"""Wrong values that are told of one request."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One wrong value: where it is, which kind of error, and what the sentence names."""

    where: str
    kind: str
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def told(self, language: str) -> dict[str, str]:
        """For the caller, in Arabic, French or English; what was sent is not repeated."""
        text = TEXTS.get(self.kind, TEXTS[OTHER])[language]
        try:
            what = text.format_map({name: _shown(value) for name, value in self.given.items()})
        except KeyError:
            what = TEXTS[OTHER][language]
        return {"where": self.where, "what": what}


def _shown(value: Any) -> str:
    # Pydantic joins the last of several choices with an English word.
    return str(value).replace("' or '", "', '")


def wrongs(found: Iterable[Any]) -> list[Wrong]:
    """The errors of pydantic, as far as they are told."""
    return [
        Wrong(".".join(map(str, each["loc"])), each["type"], each.get("ctx") or {})
        for each in list(found)[:MOST]
    ]


def wrong(kind: str, **given: Any) -> PydanticCustomError:
    """What a validator raises, by the name of its sentence in `invalid.toml`."""
    template = cast(LiteralString, TEXTS[kind]["en"])
    return PydanticCustomError(cast(LiteralString, kind), template, given)
