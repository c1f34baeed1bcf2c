"""A session with an SMSC, over aiosmpplib: what is under way in it, and what the SMSC says.

The library sends what `Queue` gives it, and tells `Session` of all that goes out and comes in.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from uuid import uuid4

import structlog
from aiosmpplib import ESME, PhoneNumber, SmppCommandStatus, SubmitSm
from aiosmpplib.broker import AbstractBroker
from aiosmpplib.correlator import AbstractCorrelator, SegmentStatus
from aiosmpplib.hook import AbstractHook
from aiosmpplib.protocol import PDU_HEADER_LENGTH, DeliverSm, GenericNack, SmppMessage, SubmitSmResp
from aiosmpplib.retrytimer import AbstractRetryTimer
from aiosmpplib.state import (
    RECEIPTED_MESSAGE_ID,
    USER_MESSAGE_REFERENCE,
    PduHeader,
    SmppCommand,
)
from aiosmpplib.throttle import AbstractThrottleHandler

from services.notifications.networks.network import NotTaken, Receipt, Reported, Said, Unanswered
from services.notifications.networks.references import number_in

log = structlog.get_logger(__name__)

PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between a session and the next."""
BIND_RESP = SmppCommand.BIND_TRANSCEIVER_RESP.to_bytes(4)
REFUSED_ACCOUNT = frozenset(
    {
        SmppCommandStatus.ESME_RINVPASWD,
        SmppCommandStatus.ESME_RINVSYSID,
        SmppCommandStatus.ESME_RBINDFAIL,
    }
)
RECEIPT = re.compile(r"\b(id|stat):(\S*)", re.IGNORECASE)
STATES: dict[str, tuple[Literal["accepted", "delivered", "failed"], str]] = {
    "DELIVRD": ("delivered", ""),
    "ACCEPTD": ("accepted", ""),
    "ENROUTE": ("accepted", ""),
    "EXPIRED": ("failed", "expired"),
    "DELETED": ("failed", "refused"),
    "REJECTD": ("failed", "refused"),
    "UNDELIV": ("failed", "unreachable_number"),
}
QUERIED = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    8: "REJECTD",
}
"""The states that an SMSC answers with, as they are called in receipts."""

Tell: TypeAlias = Callable[[Sequence[Reported | Said]], Awaitable[None]]
"""Keeps what an SMSC has said; it is acknowledged when this returns."""


@dataclass
class QuerySm(SmppMessage):
    """Asks what became of a text; the library has no such request."""

    log_id: str = ""
    message_id: str = ""
    """The SMSC's."""
    source: PhoneNumber | None = None
    """Who has sent the text."""

    @property
    def smpp_command(self) -> SmppCommand:
        return SmppCommand.QUERY_SM

    def pdu(self) -> bytes:
        sender = self.source or PhoneNumber("")
        body = b"".join(
            (
                *(self.message_id.encode("ascii"), b"\0"),
                *(bytes((sender.ton, sender.npi)), sender.number.encode("ascii"), b"\0"),
            )
        )
        return self.pack_header(PDU_HEADER_LENGTH + len(body)) + body


@dataclass
class QuerySmResp(SmppMessage):
    """What an SMSC says became of a text: a state of SMPP, or 0 where it does not say."""

    state: int = 0

    @property
    def smpp_command(self) -> SmppCommand:
        return SmppCommand.QUERY_SM_RESP


Answer: TypeAlias = SubmitSmResp | GenericNack | QuerySmResp


@dataclass(eq=False)
class Part:
    """A part of a text on its way, or a question; `written` once its bytes may have left us."""

    message: SubmitSm | QuerySm
    answer: asyncio.Future[Answer]
    written: bool = False


class Session(AbstractHook):
    """What is under way in a session, and what the SMSC says."""

    def __init__(self) -> None:
        self.bound = False
        self.denied = False
        self.tell: Tell | None = None
        self._queued: deque[Part] = deque()
        self._parts: dict[str, Part] = {}
        self._by_number: dict[int, Part] = {}
        self._something = asyncio.Event()

    def put(self, part: Part) -> None:
        self._parts[part.message.log_id] = part
        self._queued.append(part)
        self._something.set()

    def drop(self, part: Part) -> None:
        self._parts.pop(part.message.log_id, None)
        self._by_number = {n: each for n, each in self._by_number.items() if each is not part}

    async def next(self) -> SubmitSm | QuerySm:
        """The next part that somebody still waits for."""
        while True:
            while self._queued:
                part = self._queued.popleft()
                if not part.answer.done() and part.message.log_id in self._parts:
                    return part.message
            self._something.clear()
            await self._something.wait()

    def fail(self) -> None:
        """The session has ended: what was not written was not taken, of the rest nobody knows."""
        self.bound = False
        for part in self._parts.values():
            if not part.answer.done():
                lost = Unanswered if part.written else NotTaken
                part.answer.set_exception(lost("the session with the SMSC has ended"))
        self._queued.clear()
        self._by_number.clear()

    async def sending(self, smpp_message: SmppMessage, pdu: bytes, client_id: str) -> None:
        if isinstance(smpp_message, SubmitSm | QuerySm):
            part = self._parts.get(smpp_message.log_id)
            if part is not None:
                part.written = True
                self._by_number[smpp_message.sequence_num] = part

    def told(self, answer: Answer) -> None:
        """What was asked under this number is answered."""
        part = self._by_number.pop(answer.sequence_num, None)
        if part is not None and not part.answer.done():
            part.answer.set_result(answer)

    async def received(self, smpp_message: SmppMessage | None, pdu: bytes, client_id: str) -> None:
        if pdu[4:8] == BIND_RESP:
            # The library cannot read the answer of an SMSC that refuses: it has no body.
            status = int.from_bytes(pdu[8:12])
            self.denied = status in REFUSED_ACCOUNT
            if self.denied:
                log.error("smpp.denied", status=status)
            return
        match smpp_message:
            case SubmitSmResp() | GenericNack() if not isinstance(smpp_message, DeliverSm):
                self.told(smpp_message)
            case DeliverSm():
                if self.tell is not None and (said := said_in(smpp_message)) is not None:
                    await self.tell([said])
            case _:
                pass

    async def send_error(self, smpp_message: SmppMessage, error: Exception, client_id: str) -> None:
        part = self._parts.get(getattr(smpp_message, "log_id", ""))
        if part is not None and not part.answer.done():
            lost = Unanswered if part.written else NotTaken
            part.answer.set_exception(lost(type(error).__name__))


def said_in(message: DeliverSm) -> Reported | Said | None:
    """What an SMSC delivers: a receipt of a text of ours, or what a person wrote.

    The dates of receipts are read by nobody: operators write them in ways of their own.
    """
    params = {param.tag: param.value for param in message.optional_params or []}
    text = message.short_message or message.message_payload
    if not message.is_receipt():
        phone = number_in(message.source.number)
        return None if phone is None or not text else Said(f"mo-{uuid4()}", phone, text)
    found = {name.lower(): value for name, value in RECEIPT.findall(text)}
    network_id = params.get(RECEIPTED_MESSAGE_ID) or found.get("id")
    state = STATES.get(found.get("stat", "").upper())
    if not isinstance(network_id, str) or state is None:
        return None
    short = params.get(USER_MESSAGE_REFERENCE)
    return Reported(
        Receipt(*state, network_id=network_id.rstrip("\0")),
        short=short if isinstance(short, int) else None,
    )


def state_in(network_id: str, answer: Answer) -> Receipt | None:
    """What an SMSC answers that was asked for a text; None where it cannot say."""
    state = QUERIED.get(answer.state) if isinstance(answer, QuerySmResp) else None
    return None if state is None else Receipt(*STATES[state], network_id=network_id)


class Esme(ESME):
    _opened: asyncio.StreamWriter | None = None

    async def connect(self) -> None:
        """As the library does, which leaves the sockets of earlier sessions open."""
        self.drop()
        try:
            await super().connect()
        finally:
            self._opened = self._writer

    def drop(self) -> None:
        """Close the socket."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    async def _handle_response(self, pdu: bytes, header: PduHeader) -> SmppMessage | None:
        """As the library does, and it reads what is answered to our questions."""
        if header.smpp_command is not SmppCommand.QUERY_SM_RESP:
            return await super()._handle_response(pdu, header)
        # The text's id, when it came, and then the state; a refusal has none of these.
        body = pdu[PDU_HEADER_LENGTH:].split(b"\0", 2)
        state = body[2][0] if len(body) == 3 and body[2] else 0
        session: Session = self.hook  # pyright: ignore[reportAssignmentType]
        session.told(QuerySmResp(header.sequence_num, header.command_status, state))
        return None

    async def _handle_request(self, pdu: bytes, header: PduHeader) -> SmppMessage | None:
        """As the library does, but for what an SMSC delivers: the library reads the dates of
        receipts, and a session ends over one that it cannot read."""
        if header.smpp_command is not SmppCommand.DELIVER_SM:
            return await super()._handle_request(pdu, header)
        try:
            return DeliverSm.from_pdu(pdu, header, self.default_encoding, self.custom_codecs)
        except (ValueError, LookupError) as error:
            log.warning("smpp.unreadable", error=type(error).__name__)
            await self._send_data(GenericNack(header.sequence_num))
            return None


class Queue(AbstractBroker):
    def __init__(self, session: Session) -> None:
        self._session = session

    async def enqueue(self, message: SmppMessage) -> None:
        raise TypeError("a text is given to the session, which knows its attempt")

    async def dequeue(self) -> SmppMessage:
        return await self._session.next()


class Unthrottled(AbstractThrottleHandler):
    """Who sends is told of throttling, and waits."""

    async def throttled(self) -> None: ...

    async def not_throttled(self) -> None: ...

    async def allow_request(self) -> bool:
        return True

    async def throttle_delay(self) -> float:
        return 0.0


class Uncorrelated(AbstractCorrelator):
    """Keeps which request a number was given to; the rest stands in our database."""

    def __init__(self) -> None:
        self._requests: dict[int, SmppMessage] = {}

    async def put(self, smpp_message: SmppMessage) -> None:
        if not isinstance(smpp_message, SubmitSm | QuerySm):
            self._requests = {smpp_message.sequence_num: smpp_message}

    async def get(self, response: SmppMessage) -> SmppMessage | None:
        return self._requests.pop(response.sequence_num, None)

    async def put_delivery(self, smsc_message_id: str, submit_sm: SubmitSm) -> None: ...

    async def put_delivery_segmented(self, deliver_sm: DeliverSm) -> DeliverSm | None:
        return deliver_sm

    async def get_delivery(self, receipt: DeliverSm) -> SubmitSm | None:
        return None

    async def get_segmented(
        self, smpp_seq_num: int, remove: bool = False
    ) -> tuple[SegmentStatus | None, int]:
        return None, 0

    def get_cumulated_status(self, ref_num: int) -> int:
        return 0

    async def expired(self, smpp_message: SmppMessage) -> None: ...


class Pauses(AbstractRetryTimer):
    """Told of each session that begins or ends, it lets texts go or fail, and waits between."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pause = PAUSE

    def reset(self) -> None:
        self._session.bound = True
        self._pause = PAUSE

    def next_delay(self) -> float:
        return self._pause

    async def wait(self) -> None:
        self._session.fail()
        await asyncio.sleep(self._pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
