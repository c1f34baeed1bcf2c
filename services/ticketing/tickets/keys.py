"""The keys that sign tickets, in a file that this service alone reads, and how they take turns.

Of two active keys the older signs.  The newer is known by every replica and gate before it does:
it signs from when the older is retired.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LARGEST_ID = 255
MOST_ACTIVE = 2
KEY_BYTES = 32
LOOK_SECONDS = 5.0
"""After so long the file is looked at again."""


class KeyState(StrEnum):
    """What a key is still good for."""

    ACTIVE = "active"
    RETIRED = "retired"
    """It signs no more; what it has signed is valid."""
    COMPROMISED = "compromised"
    """Somebody else may have it: nothing that it has signed is valid."""


class KeysError(Exception):
    """The keys cannot be used, or not changed so; the message is one line for the operator."""


@dataclass(frozen=True)
class TicketKey:
    """One key; `private` is None where it signs no more."""

    id: int
    state: KeyState
    public: bytes
    private: Ed25519PrivateKey | None = None


@dataclass(frozen=True)
class TicketKeys:
    """All keys there ever were, by their ids."""

    keys: tuple[TicketKey, ...]

    @cached_property
    def active(self) -> tuple[TicketKey, ...]:
        return tuple(key for key in self.keys if key.state is KeyState.ACTIVE)

    @cached_property
    def signer(self) -> tuple[int, Ed25519PrivateKey]:
        """The id of the key that signs, and that key."""
        key = self.active[0]
        assert key.private is not None
        return key.id, key.private

    @cached_property
    def trusted(self) -> Mapping[int, Ed25519PublicKey]:
        """The keys whose signatures are valid."""
        return {
            key.id: Ed25519PublicKey.from_public_bytes(key.public)
            for key in self.keys
            if key.state is not KeyState.COMPROMISED
        }

    def with_new(self) -> TicketKeys:
        """With a key more.  Raises KeysError."""
        if len(self.active) >= MOST_ACTIVE:
            ids = " and ".join(str(key.id) for key in self.active)
            raise KeysError(f"keys {ids} are active, and {MOST_ACTIVE} may be: retire one first")
        new = max((key.id for key in self.keys), default=0) + 1
        if new > LARGEST_ID:
            raise KeysError(f"there were {LARGEST_ID} keys, and a ticket's code names no more")
        return TicketKeys((*self.keys, new_key(new)))

    def with_retired(self, id_: int, *, compromised: bool = False) -> TicketKeys:
        """With a key that signs no more.  Raises KeysError."""
        state = KeyState.COMPROMISED if compromised else KeyState.RETIRED
        found = next((key for key in self.keys if key.id == id_), None)
        if found is None:
            raise KeysError(f"there is no key {id_}")
        if found.state is state:
            raise KeysError(f"key {id_} is {state} already")
        if found.state is KeyState.COMPROMISED:
            raise KeysError(f"key {id_} is {found.state}: nothing that it signed is believed again")
        if [key.id for key in self.active] == [id_]:
            raise KeysError(f"key {id_} is the only active one: make a new one first")
        changed = TicketKey(id_, state, found.public)
        return TicketKeys(tuple(changed if key.id == id_ else key for key in self.keys))


def new_key(id_: int) -> TicketKey:
    private = Ed25519PrivateKey.generate()
    return TicketKey(id_, KeyState.ACTIVE, private.public_key().public_bytes_raw(), private)


def first_keys() -> TicketKeys:
    return TicketKeys((new_key(1),))


# The file


def text_of(key: bytes) -> str:
    """A key as it is written: base64url without `=`."""
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def as_text(keys: TicketKeys) -> str:
    """What stands in the file."""
    written = [
        {"id": key.id, "state": key.state.value, "public": text_of(key.public)}
        | ({} if key.private is None else {"private": text_of(key.private.private_bytes_raw())})
        for key in keys.keys
    ]
    return json.dumps({"keys": written}, indent=2) + "\n"


def keys_in(text: str) -> TicketKeys:
    """The keys that stand in a file.  Raises KeysError, without repeating any of it."""
    try:
        written: object = json.loads(text)
    except ValueError:
        raise KeysError("it is not JSON") from None
    if not isinstance(written, dict):
        raise KeysError("it has no list of keys")
    found = cast(dict[str, object], written).get("keys")
    if not isinstance(found, list):
        raise KeysError("it has no list of keys")
    keys = tuple(_key(each, number) for number, each in enumerate(cast(list[object], found), 1))
    if list(ids := [key.id for key in keys]) != sorted(set(ids)):
        raise KeysError("the ids of its keys do not rise")
    if not 1 <= len(TicketKeys(keys).active) <= MOST_ACTIVE:
        raise KeysError(f"1 or {MOST_ACTIVE} of its keys must be active")
    return TicketKeys(keys)


def _key(written: object, number: int) -> TicketKey:
    if not isinstance(written, dict):
        raise KeysError(f"key number {number} is no object")
    fields = cast(dict[str, object], written)
    id_, state = fields.get("id"), fields.get("state")
    if type(id_) is not int or not 1 <= id_ <= LARGEST_ID:
        raise KeysError(f"key number {number} has no id from 1 to {LARGEST_ID}")
    if state not in list(KeyState):
        raise KeysError(f"key {id_} has no state: {', '.join(KeyState)}")
    public = _bytes(fields.get("public"), f"the public part of key {id_}")
    key = TicketKey(id_, KeyState(str(state)), public)
    if key.state is not KeyState.ACTIVE:
        return key
    secret = _bytes(fields.get("private"), f"the private part of key {id_}")
    private = Ed25519PrivateKey.from_private_bytes(secret)
    if private.public_key().public_bytes_raw() != public:
        raise KeysError(f"the two parts of key {id_} do not belong together")
    return TicketKey(id_, key.state, public, private)


def _bytes(written: object, what: str) -> bytes:
    try:
        found = base64.b64decode(f"{written}=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != KEY_BYTES:
        raise KeysError(f"{what} is not {KEY_BYTES} bytes in base64url")
    return found


def read_keys(path: Path) -> TicketKeys:
    """The keys of a file.  Raises KeysError."""
    try:
        return keys_in(path.read_text("utf-8"))
    except OSError as error:
        raise KeysError(f"{path} cannot be read: {error.strerror}") from None
    except (KeysError, UnicodeDecodeError) as error:
        reason = error if isinstance(error, KeysError) else "it is not text"
        raise KeysError(f"{path} holds no keys: {reason}") from None


class KeyRing:
    """The keys of a file as it is now, give or take some seconds.

    What cannot be read any more leaves the keys as they were: gates go on, and `report` tells the
    operator.
    """

    def __init__(
        self, path: Path | None, now: Callable[[], float], report: Callable[[KeysError], None]
    ) -> None:
        """Without a path the key is this process's own, and gone with it.  Raises KeysError."""
        self._path, self._now, self._report = path, now, report
        self._seen = self._mark()
        self._keys = first_keys() if path is None else read_keys(path)
        self._looked_at = now()

    def current(self) -> TicketKeys:
        if self._path is None or self._now() - self._looked_at < LOOK_SECONDS:
            return self._keys
        self._looked_at = self._now()
        if (seen := self._mark()) != self._seen:
            try:
                self._keys, self._seen = read_keys(self._path), seen
            except KeysError as error:
                self._report(error)
        return self._keys

    def _mark(self) -> tuple[int, ...]:
        """Differs where the file is another, or was written anew."""
        if self._path is None:
            return ()
        try:
            found = self._path.stat()
        except OSError:
            return ()
        return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
