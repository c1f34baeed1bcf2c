"""Keeps sessions with SMSCs: one for each account, over all replicas."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import uuid4

import structlog

from chassis.postgres.database import RACE, TROUBLE, Pool
from chassis.process.tasks import end, run_together
from services.notifications.networks.network import Network, Reported, Said
from services.notifications.networks.smpp import Smpp

log = structlog.get_logger(__name__)

LEASE_SECONDS = 15.0
RENEW_SECONDS = 5.0
"""What is left of a lease that could not be renewed is longer than any of our clocks drifts."""
MARGIN_SECONDS = 2.0

TAKE = """
insert into leases as l (account, holder, until)
values ($1, $2, clock_timestamp() + make_interval(secs => $3))
on conflict (account) do update set holder = excluded.holder, until = excluded.until
 where l.holder = excluded.holder or l.until < clock_timestamp()
returning true
"""
GIVE = "delete from leases where account = $1 and holder = $2"

Keep = Callable[[Pool, str, Sequence[Reported | Said]], Awaitable[None]]
"""Keeps what a network has told, by its name."""


async def keep_accounts(pool: Pool, networks: Sequence[Network], keep: Keep) -> None:
    """Keep a session for each network that needs one, until cancelled."""
    accounts = [each for each in networks if isinstance(each, Smpp)]
    if not accounts:
        await asyncio.Event().wait()
    await run_together(*(keep_account(pool, each, keep) for each in accounts))


async def keep_account(pool: Pool, network: Smpp, keep: Keep) -> None:
    """Keep a session while the account's lease is ours, and wait for the lease while it is not."""
    holder = uuid4()
    account = network.account.name
    session: asyncio.Task[None] | None = None

    async def tell(said: Sequence[Reported | Said]) -> None:
        await keep(pool, network.name, said)

    try:
        while True:
            asked_at = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(RENEW_SECONDS):
                    ours = bool(await pool.fetchval(TAKE, account, holder, LEASE_SECONDS))
            except (*TROUBLE, *RACE) as error:
                log.warning("smpp.lease_trouble", error=type(error).__name__)
                ours = session is not None and network.allowed
            else:
                if ours:
                    spent = asyncio.get_running_loop().time() - asked_at
                    network.allow(LEASE_SECONDS - MARGIN_SECONDS - spent)
            if ours and session is None:
                session = asyncio.create_task(network.run(tell), name="smpp session")
            elif not ours and session is not None:
                log.warning("smpp.lease_lost")
                network.allow(0)
                await end(session)
                session = None
            await asyncio.sleep(RENEW_SECONDS)
    finally:
        network.allow(0)
        if session is not None:
            await end(session)
        await pool.execute(GIVE, account, holder)
