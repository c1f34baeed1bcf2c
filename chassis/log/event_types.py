"""One declaration an event: its name on disk, its class and its contract."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, get_args

import orjson
from maarid_contracts import Contract, type_of
from pydantic import TypeAdapter

from chassis.kernel.decider import Event

Upcaster = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
"""Takes the stored object of a retired name; returns the name that replaced it and its object."""


@dataclass(frozen=True)
class EventType(Generic[Event]):
    """One event.

    `name` is its name on disk (`booth_assigned.v1`); once stored, it stays for ever.  The contract
    gets the fields of the event that have the same names, unless `translate` makes it.
    """

    name: str
    cls: type[Event]
    contract: type[Contract]
    translate: Callable[[Event], Contract] | None = None


def event_types_of(events: Any, contracts: Iterable[type[Contract]]) -> tuple[EventType[Any], ...]:
    """The events of a union (or the one event), each with the contract of its name.

    What is published as `maarid.scheduling.BoothAssigned.v1` is stored as `booth_assigned.v1`: the
    name on disk follows from the contract's, which never changes, and a class that is renamed
    without it is refused.  An event whose contract has several versions, or that is stored or
    translated otherwise, is declared by an `EventType` of its own.
    Raises ValueError when an event has no contract of its name, or more than one.
    """
    found: dict[str, list[tuple[str, type[Contract]]]] = {}
    for contract in contracts:
        _, _, name, version = type_of(contract).split(".")
        on_disk = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
        found.setdefault(name, []).append((f"{on_disk}.{version}", contract))
    declared: list[EventType[Any]] = []
    for cls in get_args(events) or (events,):
        named = found.get(cls.__name__, [])
        if len(named) != 1:
            raise ValueError(f"{cls.__name__} has {len(named)} contracts of its name, not one")
        declared.append(EventType(named[0][0], cls, named[0][1]))
    return tuple(declared)


class EventTypes:
    """All events of one service: to what is stored and back, and to what is published.

    `upcasters` maps a retired name to a function that returns its successor; successors may be
    retired names again.
    Raises ValueError when a class or a name is declared twice, or a name is current and retired.
    """

    def __init__(
        self,
        declared: Sequence[EventType[Any]],
        upcasters: Mapping[str, Upcaster] | None = None,
    ) -> None:
        self._declared = tuple(declared)
        self._upcasters = dict(upcasters or {})
        self._names = {each.cls: each.name for each in declared}
        adapters = {each.name: TypeAdapter[Any](each.cls) for each in declared}
        self._readers = {name: adapter.validator for name, adapter in adapters.items()}
        self._writers = {cls: adapters[name].serializer for cls, name in self._names.items()}
        self._translations = {each.cls: _translation_of(each) for each in declared}
        if not len(self._names) == len(adapters) == len(self._declared):
            raise ValueError("a class of events has two names on disk, or a name two classes")
        if both := self._upcasters.keys() & adapters.keys():
            raise ValueError(f"both current and retired: {', '.join(sorted(both))}")

    def __iter__(self) -> Iterator[EventType[Any]]:
        return iter(self._declared)

    @property
    def classes(self) -> Mapping[str, type]:
        """The class of every current name."""
        return {each.name: each.cls for each in self._declared}

    def name_of(self, event: object) -> str:
        """The name under which an event is stored.  Raises KeyError for a class not declared."""
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

    def translate(self, event: object) -> Contract:
        """The contract that says an event to others."""
        return self._translations[type(event)](event)


def _translation_of(declared: EventType[Any]) -> Callable[[Any], Contract]:
    if declared.translate is not None:
        return declared.translate
    validate = declared.contract.__pydantic_validator__.validate_python

    def copy(event: object) -> Contract:
        return validate(event, from_attributes=True)

    return copy
