"""An SMSC that others wrote, and how it is told what to do."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from servers.kafka import some_free_port
from tests.integration.notifications.peers import node


@dataclass(frozen=True)
class Smsc:
    """The SMSC, and how it is told what to do."""

    port: int
    control: str

    async def tell(self, what: str, **said: Any) -> dict[str, Any]:
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.post(f"{self.control}/{what}", json=said)).json()

    async def behave(self, **how: Any) -> None:
        await self.tell("behave", **how)

    async def submitted(self) -> list[dict[str, Any]]:
        return (await self.tell("look"))["submitted"]


@contextmanager
def smsc_runs() -> Generator[Smsc]:
    """It runs for the time of a block."""
    port, control = some_free_port(), some_free_port()
    with node(control, "smsc.mjs", str(port), str(control)):
        yield Smsc(port, f"http://127.0.0.1:{control}")
