"""What became of attempts to hand a message over, as receipts tell."""

from __future__ import annotations

import asyncpg

from chassis.postgres.database import Pool
from services.notifications.networks.network import Reported

# By our own reference first: a network that is asked twice knows one attempt by two ids of its own.
# Only ever forward: what was delivered or read has not failed, and what was read was delivered.
TELL = """
update attempts as a
   set outcome = case when a.outcome = 'read' or a.outcome = 'delivered' and $4 <> 'read'
                      then a.outcome else $4 end,
       reason = case when a.outcome in ('read', 'delivered') then a.reason else nullif($5, '') end,
       network_id = coalesce(a.network_id, $3),
       answered_at = coalesce(a.answered_at, clock_timestamp()),
       settled_at = case when $4 = 'accepted' then a.settled_at
                         else coalesce(a.settled_at, clock_timestamp()) end
 where a.reference = coalesce($2::uuid, (select reference from attempts
                                          where network = $1 and network_id = $3 limit 1))
returning a.message_id, a.reference, a.outcome, a.reason
"""


async def tell(pool: Pool, network: str, reported: Reported) -> asyncpg.Record | None:
    """Note a receipt at its attempt; None where there is no such attempt."""
    receipt = reported.receipt
    return await pool.fetchrow(
        TELL, network, reported.reference, receipt.network_id, receipt.outcome, receipt.reason
    )
