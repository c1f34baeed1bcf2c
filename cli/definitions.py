"""The definitions of the services, for commands that look into all of them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from chassis.definition.service import ServiceDefinition
from services import SERVICES

PORTS: Mapping[str, int] = dict(zip(SERVICES, range(8001, 8005), strict=True))


def definition_of(service: str) -> ServiceDefinition:
    """What a service is made of; its code is imported only when somebody asks."""
    return import_module(f"services.{service}.app").definition()


def definitions() -> list[ServiceDefinition]:
    """Those of all services."""
    return [definition_of(service) for service in SERVICES]
