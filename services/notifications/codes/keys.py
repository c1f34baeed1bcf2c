"""The secrets from which codes are made, in a file that this service alone reads.

A code stands nowhere: it is the HMAC of the id of its message.  The first key of the file makes
codes, and all of them check them; so a new key is put last, then first, and then alone.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

CODE_DIGITS = 6
KEY_BYTES = 32
MOST_KEYS = 3
HASH_BYTES = 16
LOOK_SECONDS = 5.0
"""After so long the file is looked at again."""


class CodeKeysError(Exception):
    """The keys cannot be used; the message is one line for the operator and repeats none."""


def code_of(key: bytes, message_id: str) -> str:
    """The code that a message brings."""
    number = int.from_bytes(_hmac(key, "code", message_id)[:8])
    return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def is_code_of(keys: Sequence[bytes], message_id: str, code: str) -> bool:
    """Whether one of the keys makes this code; takes the same time for every code."""
    typed = code.encode()
    found = [hmac.compare_digest(code_of(key, message_id).encode(), typed) for key in keys]
    return any(found)


def hash_of(key: bytes, kind: str, value: str) -> bytes:
    """What stands for a number or an address in a count; without the key nobody can try all."""
    return _hmac(key, kind, value)[:HASH_BYTES]


def _hmac(key: bytes, kind: str, value: str) -> bytes:
    return hmac.digest(key, f"{kind}\n{value}".encode(), hashlib.sha256)


# The file


def new_key() -> str:
    """A key as it is written: a line of hexadecimal digits."""
    return secrets.token_hex(KEY_BYTES)


def keys_in(text: str) -> tuple[bytes, ...]:
    """The keys that stand in a file, one a line.  Raises CodeKeysError."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not 1 <= len(lines) <= MOST_KEYS:
        raise CodeKeysError(f"1 to {MOST_KEYS} keys are expected, one a line")
    keys: list[bytes] = []
    for number, line in enumerate(lines, start=1):
        try:
            key = bytes.fromhex(line)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise CodeKeysError(f"line {number} is not {KEY_BYTES} bytes in hexadecimal")
        keys.append(key)
    if len(set(keys)) < len(keys):
        raise CodeKeysError("a key stands in it twice")
    return tuple(keys)


def read_keys(path: Path) -> tuple[bytes, ...]:
    """The keys of a file.  Raises CodeKeysError."""
    try:
        return keys_in(path.read_text("utf-8"))
    except OSError as error:
        raise CodeKeysError(f"{path} cannot be read: {error.strerror}") from None
    except (CodeKeysError, UnicodeDecodeError) as error:
        reason = error if isinstance(error, CodeKeysError) else "it is not text"
        raise CodeKeysError(f"{path} holds no keys: {reason}") from None


class CodeKeys:
    """The keys of a file as it is now, give or take some seconds.

    What cannot be read any more leaves the keys as they were, and `report` tells the operator.
    """

    def __init__(
        self, path: Path | None, now: Callable[[], float], report: Callable[[CodeKeysError], None]
    ) -> None:
        """Without a path the key is this process's own, and gone with it.  Raises CodeKeysError."""
        self._path, self._now, self._report = path, now, report
        self._keys = keys_in(new_key()) if path is None else read_keys(path)
        self._looked_at = now()

    def current(self) -> tuple[bytes, ...]:
        """The first one makes codes; each of them checks."""
        if self._path is not None and self._now() - self._looked_at >= LOOK_SECONDS:
            self._looked_at = self._now()
            try:
                self._keys = read_keys(self._path)
            except CodeKeysError as error:
                self._report(error)
        return self._keys
