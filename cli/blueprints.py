"""The four services of the product, for commands that look into all of them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from chassis.blueprint import Blueprint

SERVICES = ("registration", "scheduling", "ticketing", "notifications")
PORTS: Mapping[str, int] = dict(zip(SERVICES, range(8001, 8005), strict=True))


def blueprint_of(service: str) -> Blueprint:
    """What a service is made of; its code is imported only when somebody asks."""
    return import_module(f"services.{service}.app").blueprint()


def blueprints() -> list[Blueprint]:
    """All four."""
    return [blueprint_of(service) for service in SERVICES]
