"""Codes that pair a device once, and the tokens that it has from then on."""

from __future__ import annotations

import hashlib
import hmac
import secrets

PREFIX = "device."
"""Every token of a device begins so, and no JWT does."""
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without I and O, which are read as digits."""
CODE_LENGTH = 8


def new_code() -> str:
    """One of 24^8 codes, to be typed on a phone."""
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))


def typed(code: str) -> str:
    """A code as somebody typed it, in the letters in which it is kept."""
    return code.upper().replace(" ", "").replace("-", "")


def new_token(device_id: str) -> tuple[str, bytes]:
    """A token, and the hash that is kept of it.

    256 random bits need no slow hash: nobody tries them out.
    """
    token = f"{PREFIX}{device_id}.{secrets.token_urlsafe(32)}"
    return token, hash_of(token)


def hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def is_of(token: str, kept: bytes) -> bool:
    """Whether a hash is that of a token, in the same time for every other one."""
    return hmac.compare_digest(hash_of(token), kept)


def device_in(token: str) -> str | None:
    """The device that a token names; nobody has checked it."""
    _, _, rest = token.partition(".")
    device_id, dot, _ = rest.partition(".")
    return device_id if dot and len(device_id) == 36 else None
