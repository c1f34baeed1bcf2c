"""Hands one message over, from where the attempts before left it.

What was tried stands in rows, and the row of an attempt is committed before its network is asked.
So whoever takes a message up, also after a crash, sees what may have been sent, and never guesses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
import structlog

from chassis.definition.runtime import Runtime
from chassis.definition.timers import Deadline
from chassis.process.breakpoints import reached
from chassis.process.ids import uuid7
from services.notifications.messages.domain import SETTLED, MessageFailed
from services.notifications.messages.filling import Facts, fill
from services.notifications.messages.handlers import Handing, mark_attempt, mark_message
from services.notifications.messages.resting import QuietHours, may_wait
from services.notifications.messages.rows import attempts, channels
from services.notifications.messages.rows.attempts import Attempt, Beginning, Begun
from services.notifications.messages.rows.sending import PAUSED, UNKNOWN, Rest, Wait
from services.notifications.messages.tellings import QUESTIONS
from services.notifications.messages.texts import LAST_RESORT, Argument, Rendered, render
from services.notifications.messages.whatsapp import NOTHING, Approvals, Filled
from services.notifications.messages.workers.pacing import Turns
from services.notifications.messages.workers.whom import (
    CAMPAIGN,
    CODE,
    LinkTo,
    Whom,
    arguments_of,
    campaign_of,
    no_link,
    whom_of,
)
from services.notifications.messages.worth import is_too_late, worth_of
from services.notifications.networks.carriers import Carriers
from services.notifications.networks.metrics import ATTEMPTS
from services.notifications.networks.network import (
    Addressee,
    Channel,
    Denied,
    Network,
    NotTaken,
    Outgoing,
    Receipt,
    Throttled,
)
from services.notifications.networks.routing import Route
from services.notifications.networks.together import Together

log = structlog.get_logger(__name__)

CLAIM_SECONDS = 30
CALL_SECONDS = 20
"""A network that has not answered by then has perhaps taken the text.  Less than a claim lasts,
which is renewed before the call: nobody looks after an attempt that is still being made."""
UNKNOWN_SECONDS = 600
"""So long a receipt is waited for that says what became of an attempt."""
TROUBLE = "network_trouble"
NO_NETWORK = "no_network"
ELSEWHERE, ELSEWHERE_SECONDS = "no_session", 0.5
"""Another replica speaks with the network, or none does yet."""
NO_RECEIPT = "no_receipt"
TIMES_ASKED = 6
"""So often, over a minute, a network is asked that is not reached; of a session with an SMSC one
replica has it, and the others do not reach it."""
ERASED = "contact_erased"
TOO_LATE = "too_late"
TEXT_GONE, STOPPED = "campaign_text_gone", "campaign_stopped"
PAUSED_SECONDS = 30
"""How often it is looked whether a campaign goes on, where nobody has said so."""


@dataclass(frozen=True, slots=True)
class Done:
    """No more is to be done for a message now; it may await a receipt."""

    sent: bool


@dataclass(slots=True)
class Claimed:
    """A message in hand: its row, and what was tried before."""

    row: asyncpg.Record
    tried: list[Attempt]
    due: datetime
    """When the claim lapses."""

    @property
    def handing(self) -> Handing:
        """The message as its events name it."""
        row = self.row
        return Handing(row["message_id"], row["correlation_id"], row["requested_by"])


@dataclass(frozen=True, slots=True)
class Way:
    """How a message goes next, and what it says there."""

    channel: Channel
    network: Network
    route: Route
    written: Rendered
    approved: Filled | None = None
    """What a network is asked for that takes approved texts alone."""


class Sender:
    """Hands messages over; what many do at once is written together."""

    def __init__(
        self,
        runtime: Runtime,
        carriers: Carriers,
        quiet: QuietHours | None = None,
        approvals: Approvals = NOTHING,
        link_to: LinkTo = no_link,
    ) -> None:
        self._runtime = runtime
        self._link_to = link_to
        self._carriers = carriers
        self._quiet = quiet
        self._approvals = approvals
        pool = runtime.pool
        self._begin = Together[Beginning, Begun](
            lambda rows: attempts.begin(pool, rows, CLAIM_SECONDS)
        )
        self._answered = Together[tuple[str, Receipt], tuple[str, str | None]](
            lambda rows: attempts.answered(pool, rows)
        )
        self._turns = Turns(pool)
        self._deadlines = Together[Deadline, None](lambda rows: _set(runtime, rows))
        self.not_called: set[UUID] = set()
        """Messages in hand whose network was not called yet."""

    async def send(self, claimed: Claimed, facts: Facts) -> Done | Wait | Rest:
        """Bring a message as far as it goes now.  Raises NotYet and TextMissing."""
        row = claimed.row
        if row["status"] in SETTLED:
            return Done(sent=False)  # The replica that settled it died before it deleted the row.
        if row["template"] != CODE and row["erased"]:
            return await self._fail(claimed, ERASED)
        if row["overdue"] and claimed.tried and claimed.tried[-1].outcome == "accepted":
            found = await self._ask_before_giving_up(claimed)
            if found is not None:
                return found
        if not claimed.tried and (untold := self._not_worth_telling(row, facts)) is not None:
            return await self._fail(claimed, untold)
        whom = whom_of(row, facts)
        if row["template"] != CODE:
            if whom is None:
                return Wait("contact_unknown")
            if row["opted_out"]:
                return await self._fail(claimed, "opted_out")
            if not row["consent"]:
                return await self._fail(claimed, "no_consent")
        if claimed.tried and claimed.tried[-1].outcome is None:
            found = await self._find_out(claimed)
            if found is not None:
                return found
        while True:
            last = claimed.tried[-1] if claimed.tried else None
            if last is not None and last.outcome not in (None, "not_taken"):
                deadline = await mark_attempt(self._runtime, claimed.handing, last, row["sent_on"])
                if deadline is not None:
                    await self._deadlines.add(deadline)
                await reached("message.marked")
                if last.outcome != "failed":
                    return Done(sent=last.outcome == "accepted")
                if last.reason == ERASED:
                    return await self._fail(claimed, ERASED)
            failed = {each.channel for each in claimed.tried if each.outcome == "failed"}
            if whom and failed and self._carriers.next(whom.channel, whom.phone, failed) is None:
                return await self._no_way_left(claimed)  # That is why, however late it is by now.
            untold = TOO_LATE if whom is None else self._not_worth_telling(row, facts)
            if whom is None or untold is not None:
                # What may have come is not said to have failed.
                if last is not None and last.outcome is None:
                    return Wait(UNKNOWN, forever=True)
                return await self._fail(claimed, untold or TOO_LATE)
            campaign = campaign_of(row, facts)
            if campaign is not None and campaign.paused:
                return Wait(PAUSED, PAUSED_SECONDS)
            if self._carriers.next(whom.channel, whom.phone, failed) is None:
                return await self._no_way_left(claimed)
            filled = fill(arguments_of(row), row["fair_id"], facts)
            arguments: Mapping[str, Argument] = {**filled, **whom.secret}
            if (morning := self._morning(row, arguments, facts)) is not None:
                return Rest(morning)
            way = self._way(row, whom, arguments, failed)
            if way is None:
                return await self._no_way_left(claimed)
            again = last is not None and last.outcome != "failed"
            rung = 1 if last is None else last.rung + (0 if again else 1)
            wait = await self._try(claimed, rung, whom, way)
            if wait is not None:
                return wait

    async def _no_way_left(self, claimed: Claimed) -> Done:
        reason = claimed.tried[-1].reason if claimed.tried else None
        return await self._fail(claimed, reason or NO_NETWORK)

    def _way(
        self,
        row: asyncpg.Record,
        whom: Whom,
        arguments: Mapping[str, Argument],
        failed: Collection[str],
    ) -> Way | None:
        """How the message goes next, and what it says there; a network that takes approved texts
        alone is passed over where this one is not approved in any of the contact's languages.

        None where there is no way left.
        """
        passed = {*failed}
        template: str = row["template"]
        while by := self._carriers.next(whom.channel, whom.phone, passed):
            channel, network, route = by
            if not network.templates_alone:
                link = self._link_to(row["message_id"]) if template in QUESTIONS else None
                written = render(template, arguments, whom.languages, channel, link)
                return Way(channel, network, route, written)
            for language in dict.fromkeys((*whom.languages, *LAST_RESORT)):
                filled = self._approvals.filled(template, arguments, language)
                if filled is not None:
                    written = render(template, arguments, (language,), channel)
                    return Way(channel, network, route, written, filled)
            passed.add(channel)
        return None

    async def _find_out(self, claimed: Claimed) -> Wait | None:
        """Ask what became of the last attempt; returns None where it is known now, or where it may
        be sent again."""
        last = claimed.tried[-1]
        try:
            receipt = await self._looked_up(last)
        except (NotTaken, TimeoutError, OSError):
            return Wait(UNKNOWN, CLAIM_SECONDS)
        if receipt is not None:
            await self._settle(claimed, last, receipt)
            return None
        if last.age < UNKNOWN_SECONDS:
            return Wait(UNKNOWN, UNKNOWN_SECONDS - last.age)
        before = sum(1 for each in claimed.tried if each.outcome is None)
        if before == 1 and worth_of(claimed.row["template"]).twice:
            return None
        return Wait(UNKNOWN, forever=True)

    async def _ask_before_giving_up(self, claimed: Claimed) -> Done | Wait | None:
        """No receipt of the last attempt has come in time.  Its network is asked, and where that
        cannot say that the text arrived, the attempt has failed: then returns None."""
        last = claimed.tried[-1]
        receipt = None
        try:
            receipt = await self._looked_up(last)
        except (NotTaken, TimeoutError, OSError):
            if claimed.row["attempts"] < TIMES_ASKED:
                return Wait(NO_RECEIPT)
        if receipt is None or receipt.outcome in ("accepted", "not_taken"):
            receipt = Receipt("failed", NO_RECEIPT)
        await self._settle(claimed, last, receipt)
        if claimed.tried[-1].outcome == "failed":
            return None
        await mark_attempt(
            self._runtime, claimed.handing, claimed.tried[-1], claimed.row["sent_on"]
        )
        return Done(sent=False)

    async def _looked_up(self, attempt: Attempt) -> Receipt | None:
        """What its network knows of an attempt.  Raises NotTaken, TimeoutError and OSError."""
        network = self._carriers.network(attempt.network)
        if network is None:
            return None
        async with asyncio.timeout(CALL_SECONDS):
            return await network.look_up(attempt.reference, attempt.network_id)

    async def _try(
        self,
        claimed: Claimed,
        rung: int,
        whom: Whom,
        way: Way,
    ) -> Wait | None:
        """Make one attempt; returns what has to be waited for, or None where it has an outcome."""
        row, network, channel, written = claimed.row, way.network, way.channel, way.written
        if not network.here:
            # No trouble of the network's: neither a turn nor an attempt is spent on it.
            return Wait(ELSEWHERE, ELSEWHERE_SECONDS)
        turn = await self._turns.take(network.name, way.route.rate, bulk=bool(row["bulk"]))
        if isinstance(turn, Wait):
            return turn
        await asyncio.sleep(turn)
        beginning = Beginning(
            reference=uuid7(),
            message_id=row["message_id"],
            due=claimed.due,
            contact_id=row["contact_id"],
            fair_id=row["fair_id"],
            network=network.name,
            channel=channel,
            rung=rung,
            language=written.language,
            segments=written.segments,
            cost_mad=written.segments * Decimal(str(way.route.cost)),
        )
        begun = await self._begin.add(beginning)
        if begun.due is None:
            # Closed since the turn was given; or the claim was lost to somebody who woke the
            # message, or to an erasure: then whoever is next sees what became of it.
            return Wait(TROUBLE if begun.is_open else channels.BUSY, 1)
        claimed.due = begun.due
        reference = str(beginning.reference)
        attempt = Attempt(
            reference, network.name, channel, rung, written.language, written.segments,
            None, None, None, 0.0,
        )  # fmt: skip
        claimed.tried.append(attempt)
        await reached("attempt.begun")
        await self._turns.keep_pace(network.name, way.route.rate)
        outgoing = Outgoing(
            reference=reference,
            message_id=str(row["message_id"]),
            to=Addressee(str(row["contact_id"]), whom.phone),
            text=written.text,
            language=written.language,
            template=row["template"] if way.approved is None else way.approved.name,
            channel=channel,
            values=() if way.approved is None else way.approved.values,
        )
        return await self._call(claimed, attempt, network, outgoing)

    async def _call(
        self, claimed: Claimed, attempt: Attempt, network: Network, outgoing: Outgoing
    ) -> Wait | None:
        pool = self._runtime.pool
        self.not_called.discard(claimed.row["message_id"])
        try:
            async with asyncio.timeout(CALL_SECONDS):
                receipt = await network.send(outgoing)
        except NotTaken as error:
            ATTEMPTS.labels(network.name, "not_taken").inc()
            await self._settle(claimed, attempt, Receipt("not_taken", _reason(error)))
            match error:
                case Throttled(seconds=seconds):
                    await channels.throttle(pool, network.name, seconds)
                    return Wait(channels.BUSY, seconds)
                case Denied():
                    await channels.stop(pool, network.name, "denied")
                    log.error("channel.stopped", network=network.name, do="maarid channels resume")
                    return Wait(channels.STOPPED)
                case _:
                    await channels.fail(pool, network.name)
                    return Wait(TROUBLE)
        except Exception as error:  # noqa: BLE001
            # Whatever it was, the text may have been taken.  The class alone is logged: what an
            # error says may repeat a number or a text.
            ATTEMPTS.labels(network.name, "unknown").inc()
            log.error("sender.unanswered", network=network.name, error=type(error).__name__)
            await channels.fail(pool, network.name)
            return Wait(UNKNOWN, 1)
        ATTEMPTS.labels(network.name, receipt.outcome).inc()
        await reached("attempt.called")
        await self._turns.succeeded(network.name)
        await self._settle(claimed, attempt, receipt)
        await reached("attempt.answered")
        return None

    async def _settle(self, claimed: Claimed, attempt: Attempt, receipt: Receipt) -> None:
        """Record what became of an attempt; a receipt that came before says more."""
        outcome, reason = await self._answered.add((attempt.reference, receipt))
        claimed.tried[-1] = replace(attempt, outcome=outcome, reason=reason)

    async def _fail(self, claimed: Claimed, reason: str) -> Done:
        failed = MessageFailed(str(claimed.row["message_id"]), reason)
        await mark_message(self._runtime, claimed.handing, failed)
        return Done(sent=False)

    def _not_worth_telling(self, row: asyncpg.Record, facts: Facts) -> str | None:
        """Why a message need not be told any more; None where it is worth it."""
        if row["template"] == CODE:
            return None if row["message_id"] in facts.asked_for else TOO_LATE
        if row["superseded"]:
            return "superseded"
        now = self._runtime.clock.now()
        if row["template"] == CAMPAIGN:
            campaign = campaign_of(row, facts)
            if campaign is None:
                return TEXT_GONE
            if campaign.stopped:
                return STOPPED
            if campaign.until is not None and campaign.until <= now:
                return TOO_LATE
        workshop = facts.workshops.get(arguments_of(row).get("session_id", ""))
        starts_at = None if workshop is None else workshop.starts_at
        late = is_too_late(row["template"], row["happened_at"], now, starts_at)
        return TOO_LATE if late else None

    def _morning(
        self, row: asyncpg.Record, arguments: Mapping[str, Argument], facts: Facts
    ) -> datetime | None:
        """When the quiet hours are over for which the message waits; None where it need not.

        A clock that is to be played and was not set yet knows none: nobody is there to sleep.
        """
        fair, clock = facts.fairs.get(row["fair_id"]), self._runtime.clock
        if self._quiet is None or fair is None or (clock.simulated and not clock.stands):
            return None
        now = clock.now()
        morning = self._quiet.over_at(now, fair.timezone)
        if morning is None:
            return None
        today = now.astimezone(morning.tzinfo).date()
        waits = may_wait(row["template"], arguments, today) and "preview" not in arguments
        return morning if waits else None


async def _set(runtime: Runtime, deadlines: Sequence[Deadline]) -> Sequence[None]:
    await runtime.timers.set_all(deadlines)
    return [None] * len(deadlines)


def _reason(error: NotTaken) -> str:
    """The code of why a text was not taken."""
    match error:
        case Throttled():
            return "throttled"
        case Denied():
            return "denied"
        case _:
            return "not_reached"
