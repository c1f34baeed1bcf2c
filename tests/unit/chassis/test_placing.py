"""What a record is to its stream: every outcome, live and in a rebuild."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from chassis.inbox.placing import Offset, Placement, place, place_outside_streams
from chassis.inbox.stream_offsets import PackedOffsets, StreamOffset
from chassis.kafka.envelope import Content, Unreadable
from chassis.kafka.received import ReceivedEvent

ID = UUID(int=1)
MOMENT = datetime(2090, 1, 1, tzinfo=UTC)
EVENT = ReceivedEvent(None, "added.v1", "topic", "count-a", 1, ID, MOMENT, ID, None)
UNNEEDED = None
UNREADABLE = Unreadable("not JSON")

# The offset stands at version 5; where it says so, a record without effect took that version.
PLACEMENTS: list[tuple[int, Content, str | None, Placement]] = [
    # version, content, id of the event that was passed over at 5, placement
    (6, EVENT, None, Placement.NEW),
    (6, EVENT, "other", Placement.NEW),
    (6, UNNEEDED, None, Placement.UNNEEDED),
    (6, UNREADABLE, None, Placement.DEAD_LETTER),
    (5, EVENT, "other", Placement.LATE),
    (5, EVENT, "mine", Placement.DUPLICATE),
    (5, EVENT, None, Placement.DUPLICATE),
    (5, UNNEEDED, "other", Placement.DUPLICATE),
    (5, UNREADABLE, "other", Placement.DUPLICATE),
    (4, EVENT, "other", Placement.DUPLICATE),
    (0, EVENT, None, Placement.DUPLICATE),
    (7, EVENT, None, Placement.AHEAD),
    (7, UNNEEDED, None, Placement.AHEAD),
    # Nothing that is sent again would make it readable.
    (7, UNREADABLE, None, Placement.DEAD_LETTER),
]


def packed(version: int, passed_over: str | None) -> Offset:
    offsets = PackedOffsets()
    offsets.move("count-a", version, passed_over=passed_over)
    return offsets.of("count-a")


@pytest.mark.parametrize(("version", "content", "passed_over", "placement"), PLACEMENTS)
def test_a_record_is_placed_by_its_streams_offset(
    version: int, content: Content, passed_over: str | None, placement: Placement
) -> None:
    assert place(version, "mine", content, StreamOffset(5, 5, passed_over)) is placement
    assert place(version, "mine", content, packed(5, passed_over)) is placement


@pytest.mark.parametrize("content", [EVENT, UNNEEDED, UNREADABLE])
@pytest.mark.parametrize(
    ("version", "is_parked"), [(2, False), (3, False), (4, True), (5, True), (6, True), (9, True)]
)
def test_a_parked_stream_parks_what_was_not_reacted_to(
    version: int, content: Content, is_parked: bool
) -> None:
    placement = place(version, "mine", content, StreamOffset(5, 3), parked=True)
    assert placement is (Placement.PARKED if is_parked else Placement.DUPLICATE)


@pytest.mark.parametrize(
    ("content", "placement"),
    [(UNREADABLE, Placement.DEAD_LETTER), (UNNEEDED, Placement.UNNEEDED)],
)
def test_a_record_outside_streams_is_set_aside_where_nobody_can_read_it(
    content: Content, placement: Placement
) -> None:
    assert place_outside_streams(content) is placement


@pytest.mark.parametrize(
    ("placement", "label", "calls_for_policies"),
    [
        (Placement.NEW, "new", True),
        (Placement.LATE, "new", True),
        (Placement.UNNEEDED, "unneeded", True),
        (Placement.DUPLICATE, "duplicate", True),
        (Placement.AHEAD, "ahead", False),
        (Placement.PARKED, "parked", False),
        (Placement.DEAD_LETTER, "dead_letter", False),
    ],
)
def test_what_follows_from_a_placement(
    placement: Placement, label: str, calls_for_policies: bool
) -> None:
    assert (placement.label, placement.calls_for_policies) == (label, calls_for_policies)


def test_the_tables_lack_no_placement() -> None:
    placed = {placement for *_, placement in PLACEMENTS}
    assert placed == set(Placement) - {Placement.PARKED}
