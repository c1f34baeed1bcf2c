"""What a pocket phone that is played says later, once the clock of the fairs has come there."""

from __future__ import annotations

from chassis.definition.runtime import Runtime
from services.notifications.messages.handlers import take_report
from services.notifications.messages.workers.rounds import in_rounds
from services.notifications.networks.rows import PocketPhone, due_reports, reported

PAGE = 100


async def report_pocket(runtime: Runtime) -> None:
    """The worker: takes the receipts of pocket phones, for ever."""
    await in_rounds(lambda: report_page(runtime), PAGE, "pocket.trouble")


async def report_page(runtime: Runtime) -> int:
    """Take what is due; returns how much it was.  Killed or beside another, it is taken twice."""
    reports = await due_reports(runtime.pool, runtime.clock.now(), PAGE)
    for report in reports:
        await take_report(runtime, PocketPhone.name, report)
        await reported(runtime.pool, report)
    return len(reports)
