"""The state of each network, one for all replicas: running, paused or stopped, and its turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from chassis.postgres.database import Connection, Pool
from services.notifications.messages.rows.sending import UNKNOWN

PAUSED, STOPPED, BUSY = "channel_paused", "channel_stopped", "channel_busy"
"""What messages wait for."""
FAILURES = 5
"""After so many calls without an answer, one after the other, a network rests for a while."""
LONGEST_SECONDS = 60
BURST_SECONDS = 0.1
"""Turns that were left unused for so long may be used after all, so that no second has a tenth more
than its number."""
HORIZON_SECONDS = 5.0
"""Turns are given for so long ahead; who finds none waits without a claim."""
BULK_HORIZON_SECONDS = 0.25
"""And so long ahead to campaigns: so long what somebody waits for may stand behind them."""

ADD = "insert into channels (network) select unnest($1::text[]) on conflict do nothing"
PAUSE_ALL = """
insert into channels (network, state, reason) select unnest($1::text[]), 'paused', $2
on conflict (network) do update
   set state = 'paused', reason = excluded.reason, changed_at = clock_timestamp()
 where channels.state = 'running'
"""
# The row is locked from the first part on, so the turns of two replicas follow each other.
TAKE = """
with was as (
    select network, state, failures, clock_timestamp() as at, free_at, blocked_until
      from channels where network = $1 for update
), turns as (
    select *, greatest(free_at, at - make_interval(secs => $4), blocked_until) as begin from was
), given as (
    select *, case when state <> 'running' then 0
              else least($2::integer,
                         floor(extract(epoch from at + make_interval(secs => $5) - begin)::float8
                               * $3::float8))
              end as turns
      from turns
), moved as (
    update channels as c set free_at = g.begin + make_interval(secs => g.turns / $3::float8)
      from given as g where c.network = g.network and g.turns > 0
)
select state, failures, greatest(turns, 0)::integer as turns,
       extract(epoch from begin - at)::float8 as wait
  from given
"""
LOOK = """
select state, failures,
       greatest(extract(epoch from blocked_until - clock_timestamp()), 0)::float8 as wait
  from channels where network = $1
"""
THROTTLE = """
update channels set blocked_until = greatest(blocked_until,
                                             clock_timestamp() + make_interval(secs => $2))
 where network = $1
"""
# Half open after the wait: the next failure closes it again, for longer.
FAIL = """
update channels
   set failures = failures + 1,
       blocked_until = case when failures + 1 < $2 then blocked_until
           else greatest(blocked_until, clock_timestamp()
                + make_interval(secs => least(power(2, least(failures + 1 - $2, 16)), $3))) end
 where network = $1
"""
SUCCEED = "update channels set failures = 0 where network = $1 and failures > 0"
SET = """
update channels set state = $2, reason = $3, changed_at = clock_timestamp()
 where network = $1 and (state, reason) is distinct from ($2, $3)
"""
RESUME = """
update channels set state = 'running', reason = null, changed_at = clock_timestamp(),
                    blocked_until = '-infinity', failures = 0
 where network = $1 and state <> 'running'
"""
WAKE = "update sending set due = '-infinity' where waits_for = any($1)"
STATES = """
select c.*, blocked_until > clock_timestamp() as blocked,
       (select count(*) from attempts as a where a.network = c.network and a.answered_at is null)
           as unanswered
  from channels as c order by network
"""
WAITING = """
select waits_for, count(*) as messages from sending where waits_for = any($1) group by 1 order by 1
"""


@dataclass(frozen=True, slots=True)
class Turns:
    """What a network has room for: `waits` are seconds until each turn, as many as were given."""

    state: str
    failures: int
    waits: Sequence[float]

    @property
    def reason(self) -> str:
        """Why there is no turn."""
        return {"paused": PAUSED, "stopped": STOPPED}.get(self.state, BUSY)


@dataclass(frozen=True, slots=True)
class ChannelState:
    """A network as `maarid channels check` shows it."""

    network: str
    state: str
    reason: str | None
    changed_at: datetime
    blocked: bool
    failures: int
    unanswered: int


async def add(pool: Pool, networks: Sequence[str]) -> None:
    """Networks that are new are running."""
    await pool.execute(ADD, networks)


async def pause_all(pool: Pool, networks: Sequence[str], reason: str) -> None:
    """Pause networks, known or new; one that was stopped stays so."""
    await pool.execute(PAUSE_ALL, networks, reason)


async def take_turns(
    pool: Pool, network: str, count: int, rate: float | None, horizon: float = HORIZON_SECONDS
) -> Turns:
    """Take the next turns of a network, at most so many and so many seconds ahead; fewer, or none,
    where it has no room."""
    if rate is None:
        row = await pool.fetchrow(LOOK, network)
        closed = row is None or row["state"] != "running" or row["wait"] > HORIZON_SECONDS
        if row is None:
            return Turns("running", 0, [])
        return Turns(row["state"], row["failures"], [] if closed else [row["wait"]] * count)
    row = await pool.fetchrow(TAKE, network, count, rate, BURST_SECONDS, horizon)
    if row is None:
        return Turns("running", 0, [])
    waits = [row["wait"] + at / rate for at in range(row["turns"])]
    return Turns(row["state"], row["failures"], waits)


async def throttle(pool: Pool, network: str, seconds: float) -> None:
    """The network asks to wait."""
    await pool.execute(THROTTLE, network, seconds)


async def fail(pool: Pool, network: str) -> None:
    """A call was not answered as it should be."""
    await pool.execute(FAIL, network, FAILURES, LONGEST_SECONDS)


async def succeed(pool: Pool, network: str) -> None:
    """A call was answered."""
    await pool.execute(SUCCEED, network)


async def stop(pool: Pool, network: str, reason: str) -> None:
    """Send nothing more until somebody resumes the network."""
    await pool.execute(SET, network, "stopped", reason)


async def pause(db: Connection, network: str, reason: str) -> bool:
    """Send nothing for now; returns whether that was news."""
    return await db.execute(SET, network, "paused", reason) == "UPDATE 1"


async def resume(db: Connection, network: str) -> bool:
    """Go on sending, at once; returns whether that was news."""
    news = await db.execute(RESUME, network) == "UPDATE 1"
    await db.execute(WAKE, [PAUSED, STOPPED, BUSY])
    return news


async def waiting(db: Connection) -> dict[str, int]:
    """The messages that wait for a network, or to be known, by what they wait for."""
    reasons = [PAUSED, STOPPED, BUSY, UNKNOWN]
    return {row["waits_for"]: row["messages"] for row in await db.fetch(WAITING, reasons)}


async def states(db: Connection) -> list[ChannelState]:
    """All networks that ever were in the settings."""
    names = ChannelState.__slots__
    rows: list[asyncpg.Record] = await db.fetch(STATES)
    return [ChannelState(*(row[name] for name in names)) for row in rows]
