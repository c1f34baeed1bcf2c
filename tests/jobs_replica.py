"""`python -m tests.jobs_replica DSN LEASE`: a replica that runs jobs and nothing else."""

from __future__ import annotations

import asyncio
import sys

from chassis.jobs.worker import Worker
from chassis.postgres.database import open_pool
from tests.job_kinds import KINDS


async def main(dsn: str, lease: float) -> None:
    pool = await open_pool(dsn, name="jobs-replica")
    await Worker("counter", KINDS, pool, lease=lease).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
