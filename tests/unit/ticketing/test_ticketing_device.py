"""What a device's uploads come to, as a table and as a property of all orders."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from functools import reduce

import pytest
from hypothesis import given as examples, strategies as st

from chassis.kernel.refused import Refused
from services.ticketing.devices import secrets
from services.ticketing.devices.domain import (
    BLOCK,
    DECIDER,
    Device,
    Event,
    GateScansRecorded,
    RecordScans,
    Scan,
    SequencesReused,
    decide,
    device_stream,
    evolve,
    initial,
    let_in_by,
)
from tests.deciding import given

FAIR, DEVICE = "khenifra-2021", "0192f5c4-0000-7000-8000-000000000001"
NOON = datetime(2021, 11, 29, 11, 0, tzinfo=UTC)
SCAN = Scan(
    "0192f5c4-0000-7000-8000-000000000002",
    *(1, NOON, NOON, None, None, None, None, "in", 1, "let_in", "offline", False),
)


def upload(*said: int | tuple[int, int]) -> RecordScans:
    """A batch of sequences; a sequence has the mark of its number, unless another is given."""
    marked = [each if isinstance(each, tuple) else (each, each) for each in said]
    scans = tuple(replace(SCAN, sequence=sequence) for sequence, _ in marked)
    marks = tuple(mark for _, mark in marked)
    return RecordScans(FAIR, DEVICE, "gate-north", None, NOON, scans, marks)


def recorded(*said: int) -> GateScansRecorded:
    asked = upload(*said)
    return GateScansRecorded(FAIR, DEVICE, "gate-north", None, NOON, asked.scans, asked.marks)


def reused(*sequences: int) -> SequencesReused:
    return SequencesReused(FAIR, DEVICE, sequences)


DECISIONS: dict[str, tuple[list[Event], RecordScans, list[Event]]] = {
    "a batch is kept": ([], upload(1, 2), [recorded(1, 2)]),
    "a batch with gaps is kept": ([], upload(7, 3), [recorded(7, 3)]),
    "what is known is silent": ([recorded(1, 2)], upload(2, 1), []),
    "what is new of a batch is kept": ([recorded(2)], upload(1, 2, 3), [recorded(1, 3)]),
    "the same scan twice in a batch is one": ([], upload(1, 1), [recorded(1)]),
    "two scans of one number in a batch": ([], upload(1, (1, 9)), [reused(1)]),
    "a number used for another scan keeps the whole batch out": (
        [recorded(1)],
        upload((1, 9), 2),
        [reused(1)],
    ),
    "of a number that is known to be reused nothing more is said": (
        [recorded(1, 2), reused(1)],
        upload((1, 9), (2, 9)),
        [reused(2)],
    ),
}


@pytest.mark.parametrize(("events", "command", "then"), DECISIONS.values(), ids=DECISIONS)
def test_a_device_decides(events: list[Event], command: RecordScans, then: list[Event]) -> None:
    given(DECIDER, *events).when(command).then(*then)


def test_a_number_that_is_known_to_be_reused_is_refused() -> None:
    reusing = given(DECIDER, recorded(1, 4), reused(1)).when(upload((1, 9), 2))
    reusing.refused("sequence_reused", sequences=[1], next=5)


@examples(st.sets(st.integers(1, 3 * BLOCK), max_size=60), st.integers(0, 2**32))
def test_any_order_and_repetition_of_uploads_comes_to_the_same(
    sequences: set[int], seed: int
) -> None:
    chance = random.Random(seed)

    def after(order: list[int]) -> Device:
        device = initial()
        while order:
            batch, order = order[: chance.randint(1, 5)], order[1:]
            device = reduce(evolve, decide(upload(*batch), device), device)
        return device

    one, other = (chance.sample(sorted(sequences), len(sequences)) for _ in range(2))
    found, again = after(one), after(other)
    assert found == again
    assert [each for each in range(4 * BLOCK) if found.mark_of(each)] == sorted(sequences)
    assert found.highest == max(sequences, default=0)
    gap = next(each for each in range(1, 4 * BLOCK) if each not in sequences)
    assert found.received_to == gap - 1


def test_a_device_with_ten_thousand_scans_takes_little_room() -> None:
    device = reduce(
        evolve, [recorded(*range(n, n + 500)) for n in range(1, 10_001, 500)], initial()
    )
    assert device.received_to == 10_000
    assert sum(len(block) * block.itemsize for block in device.blocks.values()) <= 81_000


def test_who_came_in_is_told_in_the_order_of_the_device() -> None:
    late, out = replace(SCAN, sequence=9), replace(SCAN, direction="out", verdict="let_out")
    looked = replace(SCAN, verdict="already_inside")
    event = replace(recorded(1, 2, 3, 4), scans=(late, out, looked, SCAN))
    assert let_in_by(event) == [SCAN, late]
    assert let_in_by(reused(1)) == []


def test_a_seat_may_be_reserved_for_a_ticket_or_for_what_is_none_of_the_fair() -> None:
    assert SCAN.attendee_id is None
    assert replace(SCAN, ticket_id="t").attendee_id == "t"
    assert replace(SCAN, unknown="badge").attendee_id == "badge"


def test_the_stream_is_that_of_the_device() -> None:
    assert device_stream(DEVICE).name == f"device-{DEVICE}"


def test_a_batch_with_a_mark_too_few_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="zip"):
        decide(replace(upload(1), marks=()), initial())


def test_codes_are_of_letters_that_are_told_apart() -> None:
    code = secrets.new_code()
    assert len(code) == 8
    assert set(code) <= set(secrets.LETTERS)
    assert not {"I", "O"} & set(secrets.LETTERS)
    assert secrets.typed(f" {code[:4].lower()}-{code[4:]} ") == code


def test_a_token_names_its_device_and_fits_its_hash_alone() -> None:
    token, kept = secrets.new_token(DEVICE)
    assert secrets.device_in(token) == DEVICE
    assert secrets.is_of(token, kept)
    assert not secrets.is_of(token + "x", kept)
    assert not secrets.is_of(secrets.new_token(DEVICE)[0], kept)
    for other in ("device.", "device.x.y", f"device.{DEVICE}", "ey.a.b"):
        assert secrets.device_in(other) is None


def test_a_refusal_says_what_to_do_next() -> None:
    with pytest.raises(Refused) as refused:
        decide(upload((3, 1)), reduce(evolve, [recorded(3), reused(3)], initial()))
    assert refused.value.details == {"sequences": [3], "next": 4}
