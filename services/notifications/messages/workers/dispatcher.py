"""Takes up requested messages in their turn, and lets the sender hand them over.

Messages stand in `sending` in the order in which their contacts are to read them: by the event
that they tell of, and within a stream by its version.  Any number of replicas may run this.  A
message is claimed for a while; if its replica dies, another one goes on where its attempts end.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import asyncpg
import structlog
from opentelemetry.trace import SpanKind

from chassis.definition.runtime import Runtime
from chassis.log.desk import Busy, Unavailable
from chassis.postgres.database import RACE, TROUBLE, Pool
from chassis.process.breakpoints import reached
from chassis.process.tasks import end
from chassis.process.trace import continued
from services.notifications.exhibitors.read import organisation_names
from services.notifications.fairs.read import fairs, halls
from services.notifications.messages.filling import AskedFor, Campaign, Facts, NotYet
from services.notifications.messages.handlers import follow_log
from services.notifications.messages.resting import QuietHours
from services.notifications.messages.rows import attempts, channels, sending
from services.notifications.messages.rows.following import adopt
from services.notifications.messages.rows.sending import (
    KEEPING_NOTHING_BACK,
    Finished,
    Rest,
    Resting,
    Wait,
    Waiting,
)
from services.notifications.messages.texts import TextMissing
from services.notifications.messages.whatsapp import NOTHING, Approvals
from services.notifications.messages.workers.rounds import in_rounds
from services.notifications.messages.workers.sender import CLAIM_SECONDS, Claimed, Done, Sender
from services.notifications.messages.workers.whom import (
    CAMPAIGN,
    CODE,
    LinkTo,
    arguments_of,
    no_link,
)
from services.notifications.networks.carriers import Carriers
from services.notifications.networks.together import Together
from services.notifications.workshops.read import workshops

log = structlog.get_logger(__name__)

ROUND = 512
"""Messages that are under way at once."""
AHEAD = 256
"""Of these, how many may wait for their turn: a code that is asked for comes behind them."""
BULK_ROUND = 96
"""And of campaigns among all that are under way."""
MAX_WAIT_SECONDS = 30
WAITING_ROUND = 64
"""Of the messages that wait for something, how many are looked at again in a round: those that
need not wait must have their turn, however many wait."""
SETTLE_SECONDS = 0.5
"""How long a message is kept back after what it tells of: topics have no order between each other,
and an earlier event may be received a moment later.  Not all are: see `worth.WORTH`."""
ENDING_SECONDS = 5.0
"""How long a process that is told to end waits for networks to answer."""
PATIENT_ATTEMPTS = 6
"""After so many attempts, about a minute, a message no longer keeps back those behind it."""


AskedForBy = Callable[[Runtime, Sequence[UUID]], Awaitable[Mapping[UUID, AskedFor]]]


async def nobody(runtime: Runtime, message_ids: Sequence[UUID]) -> Mapping[UUID, AskedFor]:
    """No message goes to a number that is no contact's."""
    return {}


CampaignsBy = Callable[[Runtime, Collection[str]], Awaitable[Mapping[str, Campaign]]]


async def nothing_written(
    runtime: Runtime, campaign_ids: Collection[str]
) -> Mapping[str, Campaign]:
    """The team has written nothing to many."""
    return {}


class MessageDispatcher:
    """Sends requested messages and records what became of them.

    `asked_for` knows the messages that go to a number, and not to a contact, and `campaigns` what
    the team has written to many.  `link_to` makes the links that stand in what asks something.
    """

    def __init__(
        self,
        runtime: Runtime,
        carriers: Carriers,
        settle_seconds: float = SETTLE_SECONDS,
        quiet: QuietHours | None = None,
        approvals: Approvals = NOTHING,
        asked_for: AskedForBy = nobody,
        campaigns: CampaignsBy = nothing_written,
        link_to: LinkTo = no_link,
    ) -> None:
        self._runtime = runtime
        self._asked_for = asked_for
        self._campaigns = campaigns
        pool = self._pool = runtime.pool
        self._clock = runtime.clock
        self._carriers = carriers
        self._sender = Sender(runtime, carriers, quiet, approvals, link_to)
        self._settle_seconds = settle_seconds
        self._prepared = False
        self._hour: datetime | None = None
        """Of a fair that is played: the hour of the last round."""
        self._under_way: set[asyncio.Task[None]] = set()
        self._in_hand = 0
        self._bulk_in_hand = 0
        self._done = Together[Finished, None](lambda rows: _done(pool, rows))
        self._wait = Together[Waiting, None](lambda rows: _wait(pool, rows))
        self._rest = Together[Resting, None](self._write_rests)
        self._wake = Together[str, None](lambda rows: _wake(pool, rows))

    async def run(self) -> None:
        """Send, for ever.  A slow network keeps back its own messages alone: others are taken up as
        long as fewer than a round are under way."""
        try:
            wake = self._runtime.desk.committed
            await in_rounds(self._take_up, AHEAD // 2, "sender.trouble", wake)
        finally:
            if self._under_way:
                # What is under way would be unknown if it were cut off.
                await asyncio.wait(self._under_way, timeout=ENDING_SECONDS)
            await end(*self._under_way)
            await self._carriers.close()

    async def send_round(self) -> int:
        """Claim messages that are due and send them; returns how many were claimed."""
        taken = await self._take_up()
        await asyncio.gather(*self._under_way)
        return taken

    async def _take_up(self) -> int:
        """Claim messages that are due and begin to send them; returns how many were claimed.

        Contacts side by side; the messages to one contact in the order of what they tell of,
        because it reads them in that order.
        """
        pool = self._pool
        if not self._prepared:
            await adopt(pool)
            await channels.add(pool, self._carriers.names)
            self._prepared = True
        await follow_log(pool)
        await self._see_the_hour()
        room = min(ROUND - self._in_hand, AHEAD - len(self._sender.not_called))
        if room <= 0 or not self._carriers.any_here:
            # Of a session with an SMSC another replica has the lease, and sends them at once.
            return 0
        rows = await sending.claim(
            pool,
            room,
            CLAIM_SECONDS,
            self._settle_seconds,
            PATIENT_ATTEMPTS,
            min(room, WAITING_ROUND),
            max(BULK_ROUND - self._bulk_in_hand, 0),
        )
        if not rows:
            return 0
        facts, tried = await asyncio.gather(
            self._facts(rows), attempts.of_messages(pool, [row["message_id"] for row in rows])
        )
        by_contact: dict[UUID, list[Claimed]] = defaultdict(list)
        for row in rows:
            claimed = Claimed(row, tried.get(row["message_id"], []), row["due"])
            by_contact[row["contact_id"]].append(claimed)
        for group in by_contact.values():
            task = asyncio.create_task(self._send_in_order(group, facts), name="sending")
            self._under_way.add(task)
            self._in_hand += len(group)
            self._bulk_in_hand += _bulk_of(group)
            self._sender.not_called.update(each.row["message_id"] for each in group)
            task.add_done_callback(partial(self._ended, group))
        return len(rows)

    async def _see_the_hour(self) -> None:
        """Wake what rests when the hour of a fair that is played was moved."""
        if self._clock.stands and (now := self._clock.now()) != self._hour:
            await sending.wake_resting(self._pool)
            self._hour = now

    async def _write_rests(self, rows: Sequence[Resting]) -> Sequence[None]:
        await sending.rest(self._pool, rows, played=self._clock.stands)
        return [None] * len(rows)

    def _ended(self, group: Sequence[Claimed], task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._in_hand -= len(group)
        self._bulk_in_hand -= _bulk_of(group)
        self._sender.not_called.difference_update(each.row["message_id"] for each in group)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("sender.failed", error=type(error).__name__)

    async def _facts(self, rows: Sequence[asyncpg.Record]) -> Facts:
        pool = self._pool
        fair_ids = {row["fair_id"] for row in rows if row["fair_id"] is not None}
        sessions = {arguments_of(row).get("session_id") for row in rows} - {None}
        written = [arguments_of(row) for row in rows if row["template"] == CAMPAIGN]
        organisations = {each["organisation_id"] for each in written if "organisation_id" in each}
        return Facts(
            fairs=await fairs(pool, fair_ids),
            halls=await halls(pool, fair_ids) if sessions else {},
            workshops=await workshops(pool, map(str, sessions)) if sessions else {},
            asked_for=await self._asked_for(
                self._runtime, [row["message_id"] for row in rows if row["template"] == CODE]
            ),
            campaigns=await self._campaigns(
                self._runtime, {each["campaign_id"] for each in written}
            ),
            organisations=await organisation_names(pool, organisations) if organisations else {},
        )

    async def _send_in_order(self, group: Sequence[Claimed], facts: Facts) -> None:
        """Send the messages to one contact; each is written off, or put back, once it is known."""
        follows = woken = False
        try:
            for claimed in group:
                row = claimed.row
                result: Done | Wait | Rest = Wait(sending.EARLIER)
                if not follows and not row["follows"]:
                    with continued(
                        f"send {row['template']}", row["traceparent"], SpanKind.PRODUCER
                    ):
                        result = await self._try(claimed, facts)
                if isinstance(result, Rest):
                    resting = Resting(row["message_id"], claimed.due, result.until)
                    await self._rest.add(resting)
                elif isinstance(result, Wait):
                    keeps = result.reason not in KEEPING_NOTHING_BACK
                    waits = keeps and row["attempts"] < PATIENT_ATTEMPTS
                    follows = follows or waits
                    await self._wait.add(Waiting(row["message_id"], claimed.due, result))
                else:
                    await reached("message.done")
                    is_last = claimed is group[-1] and not follows
                    wakes = row["contact_id"] if is_last else None
                    await self._done.add(Finished(row["message_id"], result.sent, wakes))
                    woken = is_last
            if not follows and not woken:
                await self._wake.add(str(group[0].row["contact_id"]))
        except (*TROUBLE, *RACE) as error:
            # The claims lapse.
            log.warning("sender.trouble", error=type(error).__name__)

    async def _try(self, claimed: Claimed, facts: Facts) -> Done | Wait | Rest:
        template = claimed.row["template"]
        try:
            return await self._sender.send(claimed, facts)
        except NotYet as error:
            return Wait(error.reason)
        except TextMissing:
            log.error("sender.text_missing", template=template)
            return Wait("text_missing")
        except (Busy, Unavailable, *TROUBLE, *RACE) as error:
            log.warning("sender.trouble", error=type(error).__name__)
            return Wait("network_trouble")
        except Exception as error:  # noqa: BLE001
            # One message must not stop the others.  The class alone is logged: what an error says
            # may repeat a number or a text.
            log.error("sender.failed", template=template, error=type(error).__name__)
            return Wait("network_trouble")


def _bulk_of(group: Sequence[Claimed]) -> int:
    """How many of these are of campaigns."""
    return sum(1 for claimed in group if claimed.row["bulk"])


async def _done(pool: Pool, rows: Sequence[Finished]) -> Sequence[None]:
    await sending.done(pool, rows)
    return [None] * len(rows)


async def _wait(pool: Pool, rows: Sequence[Waiting]) -> Sequence[None]:
    await sending.wait(pool, rows, MAX_WAIT_SECONDS, PATIENT_ATTEMPTS)
    return [None] * len(rows)


async def _wake(pool: Pool, contact_ids: Sequence[str]) -> Sequence[None]:
    await sending.wake_followers(pool, contact_ids)
    return [None] * len(contact_ids)
