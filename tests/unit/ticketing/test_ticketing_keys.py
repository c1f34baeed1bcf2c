"""The keys that sign tickets: how they take turns, what stands in their file, when it is read."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from services.ticketing.tickets.keys import (
    LARGEST_ID,
    LOOK_SECONDS,
    KeyRing,
    KeysError,
    KeyState,
    TicketKeys,
    as_text,
    first_keys,
    keys_in,
    new_key,
    read_keys,
)


def states(keys: TicketKeys) -> dict[int, str]:
    return {key.id: str(key.state) for key in keys.keys}


def test_the_older_of_two_active_keys_signs_until_it_is_retired() -> None:
    first = first_keys()
    both = first.with_new()
    second = both.with_retired(1)
    assert [keys.signer[0] for keys in (first, both, second)] == [1, 1, 2]
    assert states(second) == {1: "retired", 2: "active"}
    assert second.keys[0].private is None, "its secret is forgotten"


def test_two_replicas_with_a_file_and_the_one_before_it_believe_each_other() -> None:
    """Whatever one signs, the other verifies, at every step of a change of keys."""
    steps = [first_keys()]
    for change in (
        TicketKeys.with_new,
        lambda keys: keys.with_retired(1),
        TicketKeys.with_new,
        lambda keys: keys.with_retired(2),
    ):
        steps.append(change(steps[-1]))
    for older, newer in pairwise(steps):
        for signing, verifying in ((older, newer), (newer, older)):
            id_, key = signing.signer
            verifying.trusted[id_].verify(key.sign(b"ticket"), b"ticket")


def test_what_a_compromised_key_signed_is_not_believed() -> None:
    keys = first_keys().with_new().with_retired(1, compromised=True)
    assert (states(keys), list(keys.trusted)) == ({1: "compromised", 2: "active"}, [2])
    retired = first_keys().with_new().with_retired(1)
    assert list(retired.trusted) == [1, 2]
    assert list(retired.with_retired(1, compromised=True).trusted) == [2]


def test_two_keys_are_active_and_no_more() -> None:
    with pytest.raises(KeysError, match="keys 1 and 2 are active, and 2 may be: retire one first"):
        first_keys().with_new().with_new()


def test_ids_are_not_used_twice_and_end() -> None:
    keys = first_keys().with_new().with_retired(1).with_new().with_retired(2)
    assert list(states(keys)) == [1, 2, 3]
    last = TicketKeys((new_key(LARGEST_ID),))
    with pytest.raises(KeysError, match="there were 255 keys"):
        last.with_new()


@pytest.mark.parametrize(
    ("key", "compromised", "reason"),
    [
        (9, False, "there is no key 9"),
        (1, False, "key 1 is compromised: nothing that it signed is believed again"),
        (1, True, "key 1 is compromised already"),
        (2, False, "key 2 is retired already"),
        (3, False, "key 3 is the only active one: make a new one first"),
        (3, True, "key 3 is the only active one: make a new one first"),
    ],
)
def test_a_key_is_not_retired_where_that_means_nothing(
    key: int, compromised: bool, reason: str
) -> None:
    keys = first_keys().with_new().with_retired(1, compromised=True).with_new().with_retired(2)
    with pytest.raises(KeysError, match=f"^{reason}$"):
        keys.with_retired(key, compromised=compromised)


def test_keys_are_read_as_they_were_written() -> None:
    keys = first_keys().with_new().with_retired(1).with_new()
    assert as_text(keys_in(as_text(keys))) == as_text(keys)
    assert states(keys_in(as_text(keys))) == {1: "retired", 2: "active", 3: "active"}


def test_no_secret_is_shown_with_a_key() -> None:
    key = first_keys().keys[0]
    assert key.private is not None
    written: Any = json.loads(as_text(TicketKeys((key,))))
    assert written["keys"][0]["private"] not in repr(key)


ONE: dict[str, Any] = json.loads(as_text(first_keys()))["keys"][0]
TWO: dict[str, Any] = json.loads(as_text(TicketKeys((new_key(2),))))["keys"][0]
WRONG: dict[str, tuple[str, str]] = {
    "text": ("ticket", "it is not JSON"),
    "a list": ("[]", "it has no list of keys"),
    "nothing": ("{}", "it has no list of keys"),
    "no key": ('{"keys": []}', "1 or 2 of its keys must be active"),
    "a key that is none": ('{"keys": [1]}', "key number 1 is no object"),
}
WRONG_KEYS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "no id": ([{**ONE, "id": None}], "key number 1 has no id from 1 to 255"),
    "true for an id": ([{**ONE, "id": True}], "key number 1 has no id from 1 to 255"),
    "id 0": ([{**ONE, "id": 0}], "key number 1 has no id from 1 to 255"),
    "id 256": ([{**ONE, "id": 256}], "key number 1 has no id from 1 to 255"),
    "no state": ([{**ONE, "state": []}], "key 1 has no state: active, retired, compromised"),
    "no public part": ([{**ONE, "public": None}], "the public part of key 1 is not 32 bytes"),
    "other letters": ([{**ONE, "public": "é" * 43}], "the public part of key 1 is not 32 bytes"),
    "a byte too few": ([{**ONE, "public": "A" * 42}], "the public part of key 1 is not 32 bytes"),
    "no secret": ([{**ONE, "private": ""}], "the private part of key 1 is not 32 bytes"),
    "another's secret": (
        [{**ONE, "private": TWO["private"]}],
        "the two parts of key 1 do not belong together",
    ),
    "one id twice": ([ONE, ONE], "the ids of its keys do not rise"),
    "ids that fall": ([TWO, ONE], "the ids of its keys do not rise"),
    "none active": ([{**ONE, "state": "retired"}], "1 or 2 of its keys must be active"),
    "three active": (
        [ONE, TWO, json.loads(as_text(TicketKeys((new_key(3),))))["keys"][0]],
        "1 or 2 of its keys must be active",
    ),
}


@pytest.mark.parametrize(
    ("text", "reason"),
    [*WRONG.values(), *((json.dumps({"keys": keys}), why) for keys, why in WRONG_KEYS.values())],
    ids=[*WRONG, *WRONG_KEYS],
)
def test_a_file_that_holds_no_keys_is_refused_without_its_secrets(
    text: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text, "utf-8")
    with pytest.raises(KeysError) as error:
        read_keys(path)
    assert str(error.value).startswith(f"{path} holds no keys: {reason}")
    assert str(ONE["private"]) not in str(error.value)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match=r"cannot be read: No such file"):
        read_keys(tmp_path / "keys.json")
    (tmp_path / "keys.json").write_bytes(b"\xff")
    with pytest.raises(KeysError, match="holds no keys: it is not text"):
        read_keys(tmp_path / "keys.json")


@dataclass
class Watched:
    """A ring of keys whose clock a test moves."""

    path: Path | None
    now: float = 0.0
    told: list[str] = field(default_factory=list[str])

    def ring(self) -> KeyRing:
        return KeyRing(self.path, lambda: self.now, lambda error: self.told.append(str(error)))


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    path = tmp_path / "keys.json"
    write(path, first_keys())
    return Watched(path)


def write(path: Path, keys: TicketKeys) -> None:
    """In the place of the file that is there, as `maarid ticket-keys` does."""
    new = path.with_suffix(".new")
    new.write_text(as_text(keys))
    new.replace(path)


def test_a_file_that_changes_is_read_again_within_seconds(watched: Watched) -> None:
    ring = watched.ring()
    assert watched.path is not None
    write(watched.path, ring.current().with_new())
    assert states(ring.current()) == {1: "active"}
    watched.now += LOOK_SECONDS
    assert states(ring.current()) == {1: "active", 2: "active"}


def test_a_file_that_stays_is_not_read_again(watched: Watched) -> None:
    ring = watched.ring()
    before = ring.current()
    watched.now += LOOK_SECONDS
    assert ring.current() is before


def test_keys_stay_while_their_file_is_broken_and_come_back_with_it(watched: Watched) -> None:
    ring = watched.ring()
    assert watched.path is not None
    before = ring.current()
    watched.path.unlink()
    watched.now += LOOK_SECONDS
    assert (ring.current() is before, len(watched.told)) == (True, 1)
    watched.path.write_text("{}")
    watched.now += LOOK_SECONDS
    assert (ring.current() is before, len(watched.told)) == (True, 2)
    write(watched.path, before.with_new())
    os.utime(watched.path, ns=(0, 0))
    watched.now += LOOK_SECONDS
    assert (states(ring.current()), len(watched.told)) == ({1: "active", 2: "active"}, 2)


def test_without_a_file_a_process_has_a_key_of_its_own() -> None:
    watched = Watched(None)
    ring = watched.ring()
    before = ring.current()
    watched.now += 10 * LOOK_SECONDS
    assert ring.current() is before
    assert states(before) == {1: "active"}
    assert as_text(before) != as_text(watched.ring().current())
    assert before.keys[0].state is KeyState.ACTIVE


def test_a_ring_is_not_made_of_a_file_without_keys(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="cannot be read"):
        Watched(tmp_path / "keys.json").ring()
