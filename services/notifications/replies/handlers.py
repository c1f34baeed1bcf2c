"""Carry out what networks and contacts have told us."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import structlog

from chassis.definition.runtime import Runtime
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.process.ids import NAMESPACE, uuid5
from services.notifications.messages.domain import Answer
from services.notifications.messages.handlers import take_answer, take_reports
from services.notifications.messages.tellings import QUESTIONS
from services.notifications.networks.network import Reported, Said
from services.notifications.replies import read
from services.notifications.replies.domain import OptOut, contact_stream
from services.notifications.replies.meanings import Meaning, meaning_of
from services.notifications.replies.read import unread
from services.notifications.replies.rows import answers

log = structlog.get_logger(__name__)

EARLY_SECONDS = 60.0
"""A receipt may come before the answer that tells us the network's id: for so long it is kept."""
BY_LINK = "link"
POCKET = "pocket"


class TooEarly(Exception):
    """A receipt of which no attempt is known yet."""


async def take_reported(
    runtime: Runtime, said: Sequence[tuple[str, Reported, float]]
) -> Sequence[BaseException | None]:
    """Record receipts, each of a network, with the seconds since it came; one of no attempt of ours
    is passed over.

    Returns of each what kept it from being recorded: TooEarly where its attempt may be about to be
    known.
    """
    taken = await take_reports(runtime, [(network, reported) for network, reported, _ in said])
    return [_left(each, network, age) for each, (network, _, age) in zip(taken, said, strict=True)]


def _left(taken: bool | BaseException, network: str, age: float) -> BaseException | None:
    if isinstance(taken, BaseException):
        return taken
    if not taken and age < EARLY_SECONDS:
        return TooEarly()
    if not taken:
        log.info("receipts.unknown", network=network)
    return None


async def take_said(runtime: Runtime, network: str, said: Said) -> None:
    """Do what a person has written back, as far as it is clear; else somebody of the team reads it.

    Done again it changes nothing.
    """
    pool = runtime.pool
    contacts = await answers.sharing(pool, said.phone)
    if not contacts:
        log.info("replies.number_unknown", network=network)
        return
    answer_id = uuid5(NAMESPACE, f"answer\n{network}\n{said.network_id}")
    meaning = meaning_of(said.text)
    asked = None
    if meaning is not Meaning.STOP:
        asked = await _question(runtime, network, said, contacts, meaning)
    written = answers.Written(network, meaning, said.text, runtime.clock.now())
    asked = await answers.keep(pool, answer_id, contacts, written, asked)
    reason = None
    match meaning:
        case Meaning.STOP:
            for contact in contacts:
                await opt_out(runtime, answer_id, contact, network)
        case Meaning.CALL_ME | Meaning.UNCLEAR:
            reason = meaning.value
        case Meaning.ACCEPT | Meaning.DECLINE:
            reason = await _answer(runtime, answer_id, asked, Answer(meaning))
    if reason is None:
        await answers.settle(pool, answer_id)
    else:
        # Somebody may have read it already, and the network says it again.
        await answers.explain(pool, answer_id, reason)


async def _question(
    runtime: Runtime, network: str, said: Said, contacts: list[str], meaning: Meaning
) -> str | None:
    """The message that is answered: the one that the phone names, or the only open one.  A call is
    asked for about the last."""
    named = await answers.answered(runtime.pool, network, said, contacts)
    if named is None and meaning is Meaning.CALL_ME:
        return await read.last_message(runtime.pool, contacts)
    if named is not None or meaning not in (Meaning.ACCEPT, Meaning.DECLINE):
        return named
    asked = await read.open_questions(runtime.pool, contacts, QUESTIONS)
    return asked[0].message_id if len(asked) == 1 else None


async def _answer(
    runtime: Runtime, answer_id: UUID, message_id: str | None, answer: Answer
) -> str | None:
    """Returns why a person has to read it; None where the answer was taken."""
    if message_id is None:
        return "question_unclear"
    try:
        await take_answer(runtime, _context(answer_id, message_id), message_id, answer)
    except Refused as refused:
        return refused.code
    return None


async def opt_out(runtime: Runtime, answer_id: UUID, contact_id: str, way: str) -> None:
    """Send a contact no more messages; who says it a second time says nothing new."""
    if await read.opted_out(runtime.pool, contact_id):
        return
    command = OptOut(contact_id, way)
    context = _context(answer_id, contact_id)
    await runtime.desk.execute(contact_stream(contact_id), command, context)


async def opt_out_by_phone(runtime: Runtime, context: CommandContext, contact_id: str) -> None:
    """A contact has said by its pocket phone that it wants no more messages.

    Raises Refused where nobody knows the contact.
    """
    await _check_known(runtime, contact_id)
    command = OptOut(contact_id, POCKET)
    await runtime.desk.execute(contact_stream(contact_id), command, context)


async def ask_for_call(
    runtime: Runtime, context: CommandContext, contact_id: str, named: str | None
) -> str | None:
    """A contact has asked by its pocket phone for a call; returns the message that it is about: the
    one that it names, or else its last.

    Raises Refused where nobody knows the contact, or it names a message of somebody else.
    """
    pool = runtime.pool
    await _check_known(runtime, contact_id)
    about = await read.last_message(pool, [contact_id], named)
    if named is not None and about is None:
        raise Refused("message_unknown", message=named)
    written = answers.Written(POCKET, Meaning.CALL_ME, "", runtime.clock.now())
    answer_id = context.command_id
    about = await answers.keep(pool, answer_id, [contact_id], written, about)
    await answers.explain(pool, answer_id, Meaning.CALL_ME)
    return about


async def _check_known(runtime: Runtime, contact_id: str) -> None:
    if not await answers.is_known(runtime.pool, contact_id):
        raise Refused("phone_unknown", contact=contact_id)


async def close_answer(
    runtime: Runtime,
    context: CommandContext,
    fair_id: str,
    answer_id: str,
    taken: tuple[str, Answer] | None,
) -> None:
    """Somebody has read what was written; `taken` is the question that it answers, and how.

    Killed before the answer is closed, the same request again closes it.  Raises Refused where
    there is no such answer, or where its contacts were not asked this, or it does not count.
    """
    contacts = await unread.contacts_of(runtime.pool, fair_id, answer_id)
    if not contacts:
        raise Refused("answer_unknown", answer=answer_id)
    if taken is not None:
        message_id, answer = taken
        if not await unread.asked(runtime.pool, message_id, contacts):
            raise Refused("message_unknown", message=message_id)
        await take_answer(runtime, context, message_id, answer)
    await answers.settle(runtime.pool, UUID(answer_id))


async def take_pressed(runtime: Runtime, linked: read.Linked, meaning: Meaning) -> str | None:
    """Do what a contact has pressed on the page of a link.

    Returns the code of what keeps it from being done; None where it was done.  Pressed again it
    changes nothing.
    """
    message_id = linked.message_id
    answer_id = uuid5(NAMESPACE, f"pressed\n{message_id}\n{meaning}")
    contacts = [linked.contact_id]
    written = answers.Written(BY_LINK, meaning, "", runtime.clock.now())
    await answers.keep(runtime.pool, answer_id, contacts, written, message_id)
    refused, reason = None, None
    match meaning:
        case Meaning.STOP:
            await opt_out(runtime, answer_id, linked.contact_id, BY_LINK)
        case Meaning.ACCEPT | Meaning.DECLINE:
            refused = reason = await _answer(runtime, answer_id, message_id, Answer(meaning))
        case Meaning.CALL_ME | Meaning.UNCLEAR:
            reason = meaning.value
    await answers.settle(runtime.pool, answer_id, reason=reason)
    return refused


def _context(answer_id: UUID, label: str) -> CommandContext:
    return CommandContext(command_id=uuid5(answer_id, label), actor="policy:replies")
