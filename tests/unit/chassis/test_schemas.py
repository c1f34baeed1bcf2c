"""The schema that an event names answers at an address."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import jsonschema_rs
import pytest
from maarid_contracts.envelope import Entry
from maarid_contracts.generate import list_types
from maarid_contracts.golden import sample_of

from services import SERVICES
from tests.architecture.operations import application


@asynccontextmanager
async def stranger(service: str) -> AsyncGenerator[httpx.AsyncClient]:
    """Somebody without a token, before a service without any server behind it."""
    transport = httpx.ASGITransport(application(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
        yield http


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.unhurried
async def test_the_name_in_an_event_leads_to_its_schema_at_any_service(service: str) -> None:
    entry: Entry
    async with stranger(service) as http:
        for entry in list_types():
            sample = sample_of(entry.type)
            name = sample.headers["ce_dataschema"]
            answer = await http.get(name.replace("maarid:", "/"))
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "application/schema+json"
            assert "public" in answer.headers["cache-control"]
            schema: dict[str, Any] = answer.json()
            assert schema["$id"] == name
            jsonschema_rs.Draft202012Validator(schema).validate(dict(sample.data))


@pytest.mark.parametrize("name", ["maarid.Nothing.v1.json", "asyncapi.yaml", "%2e%2e%2fREADME.md"])
async def test_what_names_no_schema_is_not_found(name: str) -> None:
    async with stranger("ticketing") as http:
        answer = await http.get(f"/schemas/{name}")
    assert answer.status_code == 404
