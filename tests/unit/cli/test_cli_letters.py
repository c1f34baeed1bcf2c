"""What `maarid dead-letters list` says."""

from __future__ import annotations

from typing import Any

from cli.letters import lines


def row(**more: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "waiting": False,
        "wish": None,
        "type": "maarid.registration.ContactRecord.v1",
        "stream": None,
        "version": None,
        "key": None,
        "reason": "not kept: Bug",
    } | more


def test_it_says_so_where_there_are_none() -> None:
    assert lines([]) == ["none"]


def test_a_letter_is_named_by_its_stream_or_by_its_key() -> None:
    of_stream = row(stream="fair-x", version=3, waiting=True, key=b"fair-x", type="")
    of_record = row(key=b"0192\xff", wish="retry")
    assert lines(
        [("ticketing", of_stream), ("notifications", of_record), ("ticketing", row())]
    ) == [
        "ticketing:7 waits ? fair-x 3: not kept: Bug",
        "notifications:7 retry maarid.registration.ContactRecord.v1 0192\ufffd ?: not kept: Bug",
        "ticketing:7 stands maarid.registration.ContactRecord.v1 ? ?: not kept: Bug",
    ]
