"""What time it is: the wall's, or the hour of a fair that is played."""

from __future__ import annotations

from datetime import UTC, datetime

from chassis.postgres.database import Pool


class Clock:
    """Aware UTC time.  A simulated clock stands still until the player moves it."""

    def __init__(self, *, simulated: bool) -> None:
        self.simulated = simulated
        self._played_at: datetime | None = None

    @property
    def stands(self) -> bool:
        """Whether a player has set the hour."""
        return self._played_at is not None

    def now(self) -> datetime:
        """The current time: simulated once the player has set it, the wall's before."""
        return self._played_at or datetime.now(UTC)

    async def restore(self, pool: Pool) -> None:
        """Take up the hour at which the play stopped, or that another replica was told."""
        if self.simulated:
            self._played_at = await pool.fetchval("select played_at from log.clock")

    async def move(self, pool: Pool, now: datetime) -> None:
        """Set the simulated hour.  Raises ValueError on a clock that is not simulated."""
        if not self.simulated:
            raise ValueError("the wall's clock cannot be moved")
        await pool.execute(
            "insert into log.clock (played_at) values ($1)"
            " on conflict (only_row) do update set played_at = excluded.played_at",
            now,
        )
        self._played_at = now
