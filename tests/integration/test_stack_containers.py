"""The containers stack: that it is one, and that nobody else reaches it."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import docker
import pytest

from servers import Stack, StackSettings

pytestmark = pytest.mark.any_stack


def bindings() -> dict[str, str]:
    """Each published port of a running container, with the address that it is published on."""
    client: Any = docker.from_env(timeout=20)
    try:
        ports = [found for each in client.containers.list() for found in each.ports.values()]
    finally:
        client.close()
    return {each["HostPort"]: each["HostIp"] for found in ports for each in found or ()}


async def test_both_servers_are_containers_that_only_this_machine_reaches(stack: Stack) -> None:
    if StackSettings().stack != "containers":
        pytest.skip("only on MAARID_STACK=containers")
    assert stack.admin_dsn is not None
    assert len(await asyncio.to_thread(bindings)) >= 2
    if urlsplit(stack.admin_dsn).hostname != "localhost":
        pytest.skip("testcontainers takes the engine to be on another machine than this")
    published = await asyncio.to_thread(bindings)
    for port in (urlsplit(stack.admin_dsn).port, stack.addresses.bootstrap.rpartition(":")[2]):
        assert published[str(port)] == "127.0.0.1"
