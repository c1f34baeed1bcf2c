"""Fairs that tests play on the real system, each once."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from cli import launch
from scenarios.client import Client, connected
from scenarios.loading import load
from scenarios.model import Scenario
from scenarios.player import play
from scenarios.report import Report

Answer = dict[str, Any]


@dataclass(frozen=True)
class Played:
    """A fair after its last evening, and a client to ask about it."""

    scenario: Scenario
    report: Report
    client: Client

    async def figures(self, service: str) -> Answer:
        return await self.client.get(service, f"/fairs/{self.scenario.fair_id}/figures")

    async def exhibitors(self, **filters: str) -> list[Answer]:
        path = f"/fairs/{self.scenario.fair_id}/exhibitors"
        return await self.client.items("registration", path, **filters)

    async def booths(self, **filters: str | bool) -> list[Answer]:
        path = f"/fairs/{self.scenario.fair_id}/booths"
        return await self.client.items("scheduling", path, **filters)

    async def sessions(self, **filters: str | bool) -> list[Answer]:
        """Sessions that were not cancelled."""
        path = f"/fairs/{self.scenario.fair_id}/sessions"
        return await self.client.items("scheduling", path, cancelled=False, **filters)


class Theatre:
    """Plays each fair once, when the first test asks for it."""

    def __init__(self, system: launch.System, stack: AsyncExitStack) -> None:
        self.system = system
        self._stack = stack
        self._played: dict[str, Played] = {}

    async def played(self, fair: str) -> Played:
        if fair not in self._played:
            urls, token = self.system.urls, self.system.token
            scenario = load(fair)
            report = await play(scenario, urls, token, run="test")
            client = await self._stack.enter_async_context(connected(urls, token, "test", fair))
            self._played[fair] = Played(scenario, report, client)
        return self._played[fair]
