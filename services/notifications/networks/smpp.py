"""SMS by SMPP 3.4 with an operator's SMSC.

One session at a time speaks for an account, over all replicas: whoever has the lease of the account
runs it (workers.py).  What an SMSC says later goes where the other networks' posts go, and is
acknowledged after that.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import smsutil  # pyright: ignore[reportMissingTypeStubs]
import structlog
from aiosmpplib import NPI, TON, OptionalParam, PhoneNumber, SmppCommandStatus, SubmitSm
from aiosmpplib.protocol import SubmitSmResp
from aiosmpplib.state import (
    SAR_MSG_REF_NUM,
    SAR_SEGMENT_SEQNUM,
    SAR_TOTAL_SEGMENTS,
    USER_MESSAGE_REFERENCE,
)

from services.notifications.networks.network import (
    Channel,
    Denied,
    NotTaken,
    Outgoing,
    Receipt,
    Throttled,
    Unanswered,
)
from services.notifications.networks.smsc import (
    PAUSE,
    Answer,
    Esme,
    Part,
    Pauses,
    QuerySm,
    Queue,
    Session,
    Tell,
    Uncorrelated,
    Unthrottled,
    state_in,
)

log = structlog.get_logger(__name__)

GSM: Any = smsutil
"""It has no types of its own."""
SECONDS = 20.0
"""How long an SMSC may take to answer a part."""
THROTTLED_SECONDS = 1.0
"""How long to wait where an SMSC throttles: it never says how long."""
PARTS_TRIED = 5
"""How often a part of a text is tried whose first part was taken."""
QUERY_SECONDS = 5.0
KEEP_ALIVE_SECONDS = 30.0

BUSY = frozenset({SmppCommandStatus.ESME_RTHROTTLED, SmppCommandStatus.ESME_RMSGQFUL})
REFUSED_NUMBER = frozenset(
    {
        SmppCommandStatus.ESME_RINVDSTADR,
        SmppCommandStatus.ESME_RINVDSTTON,
        SmppCommandStatus.ESME_RINVDSTNPI,
    }
)
PASSING = frozenset({SmppCommandStatus.ESME_RSYSERR, SmppCommandStatus.ESME_RX_T_APPN})


@dataclass(frozen=True, slots=True)
class SmppAccount:
    """An account at an SMSC.  Its `repr` leaves the password out."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    sender: str

    @property
    def name(self) -> str:
        """What one session at a time speaks for."""
        return f"smpp:{self.system_id}@{self.host}:{self.port}"


def short_reference(reference: str) -> int:
    """Of a reference what fits into `user_message_reference`: its last two bytes."""
    return UUID(reference).int & 0xFFFF


class Smpp:
    """A `Network` over one session with an SMSC, while `run` runs and it is allowed to send."""

    name = "smpp"
    channel: Channel | None = "sms"
    templates_alone = False

    def __init__(self, account: SmppAccount, seconds: float = SECONDS) -> None:
        self.account = account
        self._seconds = float(seconds)  # The library takes no whole number.
        self._session = Session()
        self._allowed_until = 0.0
        self._references = 0

    def allow(self, seconds: float) -> None:
        """Let it send for so many seconds from now: as long as the lease certainly lasts."""
        self._allowed_until = asyncio.get_running_loop().time() + seconds

    @property
    def ready(self) -> bool:
        """Whether it can send: a session is bound, and the lease is ours."""
        return self._session.bound and self.allowed

    @property
    def allowed(self) -> bool:
        """Whether the lease is certainly ours."""
        return asyncio.get_running_loop().time() < self._allowed_until

    @property
    def here(self) -> bool:
        """Whether it can send, or knows that nobody can: where its credentials are refused."""
        return self.ready or self._session.denied

    async def send(self, outgoing: Outgoing) -> Receipt:
        if self._session.denied:
            raise Denied("the SMSC refuses to bind us")
        if not self.ready:
            raise NotTaken("no session is bound here")
        first, *others = self._parts_of(outgoing)
        answer = await self._submit(first)
        refusal = _refusal(answer.command_status)
        if isinstance(refusal, NotTaken):
            raise refusal
        if refusal is not None:
            return refusal
        last = answer
        for part in others:
            last = await self._submit_patiently(part)
        if not isinstance(last, SubmitSmResp) or not last.message_id:
            raise Unanswered("it was taken, and its id is not told")
        return Receipt("accepted", network_id=last.message_id)

    def _parts_of(self, outgoing: Outgoing) -> list[SubmitSm]:
        """The parts of a text, each of which fits.  The receipt is asked of the last one."""
        texts: list[str] = [part.content for part in GSM.split(outgoing.text).parts] or [""]
        encoding = None if GSM.is_valid_gsm(outgoing.text) else "ucs2"
        self._references = (self._references + 1) % 0x10000
        reference = OptionalParam(USER_MESSAGE_REFERENCE, short_reference(outgoing.reference))
        return [
            SubmitSm(
                short_message=text,
                source=_address(self.account.sender),
                destination=PhoneNumber(
                    outgoing.to.phone.removeprefix("+"), TON.INTERNATIONAL, NPI.ISDN
                ),
                registered_delivery=1 if number == len(texts) else 0,
                encoding=encoding,
                optional_params=[reference, *self._place(number, len(texts))],
                log_id=str(uuid4()),
            )
            for number, text in enumerate(texts, start=1)
        ]

    def _place(self, number: int, count: int) -> list[OptionalParam]:
        if count == 1:
            return []
        return [
            OptionalParam(SAR_MSG_REF_NUM, self._references),
            OptionalParam(SAR_SEGMENT_SEQNUM, number),
            OptionalParam(SAR_TOTAL_SEGMENTS, count),
        ]

    async def _submit(self, message: SubmitSm) -> Answer:
        """Hand over one part.  Raises NotTaken or Unanswered."""
        if not self.allowed:
            raise NotTaken("the lease may be another's")
        return await self._ask(message, self._seconds)

    async def _ask(self, message: SubmitSm | QuerySm, seconds: float) -> Answer:
        part = Part(message, asyncio.get_running_loop().create_future())
        self._session.put(part)
        try:
            async with asyncio.timeout(seconds):
                return await part.answer
        except TimeoutError:
            if part.written:
                raise Unanswered("the SMSC has not answered") from None
            raise NotTaken("it was not written to the SMSC") from None
        finally:
            self._session.drop(part)

    async def _submit_patiently(self, message: SubmitSm) -> Answer:
        """Hand over a part of a text whose first part was taken.  Raises Unanswered."""
        for _ in range(PARTS_TRIED):
            try:
                answer = await self._submit(message)
            except NotTaken:
                break
            refusal = _refusal(answer.command_status)
            if refusal is None:
                return answer
            if not isinstance(refusal, Throttled):
                break
            await asyncio.sleep(refusal.seconds)
        raise Unanswered("a part of it was taken, and another was not")

    async def look_up(self, reference: str, network_id: str | None) -> Receipt | None:
        """What the SMSC answers to `query_sm`; many operators never do, and are not waited for
        long."""
        if not self.ready:
            raise NotTaken("no session is bound here")
        if network_id is None:
            return None
        question = QuerySm(
            log_id=str(uuid4()), message_id=network_id, source=_address(self.account.sender)
        )
        try:
            return state_in(network_id, await self._ask(question, QUERY_SECONDS))
        except Unanswered:
            return None

    async def close(self) -> None:
        self._session.fail()

    async def run(self, tell: Tell) -> None:
        """Keep a session with the SMSC, until cancelled; what ends it is logged, and it is begun
        again."""
        account = self.account
        while True:
            self._session.tell = tell
            esme = Esme(
                smsc_host=account.host,
                smsc_port=account.port,
                system_id=account.system_id,
                password=account.password,
                enquire_link_interval=KEEP_ALIVE_SECONDS,
                socket_timeout=self._seconds,
                # What the library would log holds numbers and texts.
                log_level="CRITICAL",
                hook=self._session,
                broker=Queue(self._session),
                throttle_handler=Unthrottled(),
                correlator=Uncorrelated(),
                retry_timer=Pauses(self._session),
            )
            try:
                await esme.start()
            except Exception as error:  # noqa: BLE001
                # Whatever ended the session, texts wait: the next one is begun.
                log.error("smpp.session_failed", error=type(error).__name__)
            finally:
                self._session.fail()
                esme.drop()
            await asyncio.sleep(PAUSE)


def _address(sender: str) -> PhoneNumber:
    digits = sender.removeprefix("+")
    if not digits.isdigit():
        return PhoneNumber(sender, TON.ALPHANUMERIC, NPI.UNKNOWN)
    if sender.startswith("+"):
        return PhoneNumber(digits, TON.INTERNATIONAL, NPI.ISDN)
    return PhoneNumber(digits, TON.NETWORK_SPECIFIC, NPI.UNKNOWN)


def _refusal(status: SmppCommandStatus) -> NotTaken | Receipt | None:
    """Why a part was not taken, or will not be delivered; None where it was taken."""
    if status is SmppCommandStatus.ESME_ROK:
        return None
    if status in BUSY:
        return Throttled(THROTTLED_SECONDS)
    if status in PASSING:
        return NotTaken(status.name)
    return Receipt("failed", "unreachable_number" if status in REFUSED_NUMBER else "refused")
