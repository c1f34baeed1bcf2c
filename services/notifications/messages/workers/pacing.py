"""The turns of networks: how many texts they take, over all replicas, and here in what rhythm."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from chassis.postgres.database import Pool
from services.notifications.messages.rows import channels
from services.notifications.messages.rows.sending import Wait
from services.notifications.networks.metrics import OPEN
from services.notifications.networks.pace import Pace
from services.notifications.networks.together import Together

BULK_TURN_SECONDS = 0.1
BULK_TURNS = 50
"""How often a message of a campaign looks for a turn, before it waits without a claim."""


class Turns:
    """Takes the turns of networks; those that many want at once are taken together."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._taking: dict[tuple[str, bool], Together[None, float | Wait]] = {}
        self._paces: dict[str, Pace] = {}
        self._failing: set[str] = set()
        """Networks that were seen to fail, whose next answer is to be noted."""

    async def take(self, network: str, rate: float | None, *, bulk: bool) -> float | Wait:
        """The seconds until the network's next turn, which is taken; or what to wait for.

        A campaign takes turns of the next moment alone, and looks again until there is one: what
        somebody waits for goes before the rest of it.
        """
        key = network, bulk
        if key not in self._taking:
            horizon = channels.BULK_HORIZON_SECONDS if bulk else channels.HORIZON_SECONDS
            self._taking[key] = Together(
                lambda rows: self._take_all(network, len(rows), rate, horizon)
            )
        turn = await self._taking[key].add(None)
        for _ in range(BULK_TURNS if bulk else 0):
            if not isinstance(turn, Wait) or turn.reason != channels.BUSY:
                break
            await asyncio.sleep(BULK_TURN_SECONDS)
            turn = await self._taking[key].add(None)
        return turn

    async def keep_pace(self, network: str, rate: float | None) -> None:
        """Returns when the next text of this process is to go to the network."""
        if rate is not None:
            await self._paces.setdefault(network, Pace(rate)).turn()

    async def succeeded(self, network: str) -> None:
        """A network has answered: where it had failed, that is over."""
        if network in self._failing:
            self._failing.discard(network)
            await channels.succeed(self._pool, network)

    async def _take_all(
        self, network: str, count: int, rate: float | None, horizon: float
    ) -> Sequence[float | Wait]:
        turns = await channels.take_turns(self._pool, network, count, rate, horizon)
        OPEN.labels(network).set(turns.state == "running")
        if turns.failures:
            self._failing.add(network)
        none = Wait(turns.reason, channels.HORIZON_SECONDS if turns.state == "running" else None)
        return [*turns.waits, *[none] * (count - len(turns.waits))]
