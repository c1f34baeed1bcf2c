"""What the audit finds wrong in a programme, by its events alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from chassis.log.events import Fact, Recorded
from cli.audit.lines import Line
from cli.audit.programmes import Programmes
from services.scheduling.app import definition
from services.scheduling.programme.facts import (
    Event,
    ProgrammePublished,
    ProgrammeRulesPublished,
    SessionCancelled,
    SessionScheduled,
)
from services.scheduling.programme.rules import Break
from tests.unit.cli.test_audit_checks import ELSEWHERE as NO_DATABASE
from tests.unit.scheduling.test_programme_decisions import (
    FAIR,
    at,
    moved,
    session as named,
)

EVENT_TYPES = definition().log.event_types
SPACE = uuid4()
BREAK = ProgrammeRulesPublished(FAIR, 1, breaks=(Break(at(12), at(13), "meal"),))
VERSION = ProgrammePublished(FAIR, 1, str(SPACE), 0, 2, 0)


def session(name: str, *rest: Any, speaker: str | None = None, **more: Any) -> SessionScheduled:
    speakers = (str(uuid5(SPACE, speaker)),) if speaker else ()
    return named(str(uuid5(SPACE, name)), *rest, speakers=speakers, **more)


A, B = session("a", 9, 11), session("b", 11, 12)


def told(*commands: list[Event]) -> list[tuple[Recorded, Any]]:
    """The events of some commands, each with its contract."""
    found: list[tuple[Recorded, Any]] = []
    for events in commands:
        command: UUID = uuid4()
        for event in events:
            contract = EVENT_TYPES.translate(event)
            number = len(found) + 1
            fact = Fact(
                "programme-x", number, event, uuid4(), at(8), "x", command, None, command, None
            )
            found.append((Recorded(number, at(8), fact), contract))
    return found


async def line_of(*commands: list[Event]) -> Line:
    check = Programmes()
    for recorded, contract in told(*commands):
        check.hears[type(contract)](recorded, contract)
    return await check.judge(NO_DATABASE)


async def test_a_programme_that_keeps_its_rules_is_whole() -> None:
    exchanged: list[Event] = [moved(A, 11, 12, "tent"), moved(B, 9, 11, "tent"), VERSION]
    line = await line_of([BREAK], [A], [B], exchanged, [SessionCancelled(FAIR, A.session_id, "x")])
    assert line.holds, line.figures
    # Rules that are published later leave what stands.
    noon = session("noon", 12, 13)
    assert (await line_of([noon], [BREAK])).holds


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param([[A], [session("c", 10, 12)]], id="a hall twice"),
        pytest.param(
            [
                [replace(session("c", 9, 11, speaker="amina"), hall_id="room")],
                [session("d", 10, 11, speaker="amina")],
            ],
            id="a speaker twice",
        ),
        pytest.param([[BREAK], [session("c", 12, 13)]], id="in a break"),
        pytest.param([[BREAK], [A], [moved(A, 11.5, 12.5, "tent")]], id="moved into a break"),
    ],
)
async def test_each_promise_that_is_broken_is_found(broken: list[list[Event]]) -> None:
    line = await line_of(*broken)
    assert not line.holds
    assert " more" not in line.figures
