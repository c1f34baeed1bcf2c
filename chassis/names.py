"""Names of events on disk, and the way from stored JSON to today's classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from pydantic import TypeAdapter

Upcaster = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
"""Takes the stored object of a retired name; returns the name that replaced it and its object."""


class Names:
    """Translates events of one service to what is stored, and back.

    `classes` maps a stored name (`booth_assigned.v1`) to its class.  `upcasters` maps a retired
    name to a function that returns its successor; successors may be retired names again.
    Raises ValueError when a class has two names or a name is both current and retired.
    """

    def __init__(
        self,
        classes: Mapping[str, type],
        upcasters: Mapping[str, Upcaster] | None = None,
    ) -> None:
        self._upcasters = dict(upcasters or {})
        self._names = {cls: name for name, cls in classes.items()}
        adapters: dict[str, TypeAdapter[Any]] = {
            name: TypeAdapter(cls) for name, cls in classes.items()
        }
        self._readers = {name: adapter.validator for name, adapter in adapters.items()}
        self._writers = {cls: adapters[name].serializer for cls, name in self._names.items()}
        if len(self._names) != len(classes):
            raise ValueError("a class of events has two names on disk")
        if both := self._upcasters.keys() & classes.keys():
            raise ValueError(f"both current and retired: {', '.join(sorted(both))}")

    @property
    def classes(self) -> Mapping[str, type]:
        """The class of every current name."""
        return {name: cls for cls, name in self._names.items()}

    def name_of(self, event: object) -> str:
        """The name under which an event is stored.  Raises KeyError for a class not listed."""
        return self._names[type(event)]

    def dump(self, event: object) -> str:
        """The event as JSON text."""
        return self._writers[type(event)].to_json(event).decode()

    def load(self, name: str, stored: str) -> Any:
        """The event of a stored row.  Raises KeyError for an unknown name."""
        if name in self._upcasters:
            current: dict[str, Any] = orjson.loads(stored)
            while name in self._upcasters:
                name, current = self._upcasters[name](current)
            return self._readers[name].validate_python(current)
        return self._readers[name].validate_json(stored)
