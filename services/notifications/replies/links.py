"""Signed links by which a contact answers one message.  Pure.

A link holds the message's id and until when it works, and a signature of both.  So nobody can make
one, and nothing of the contact stands in its address.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

from chassis.kernel.refused import Refused

SIGNED = 20
"""Bytes that are signed: 16 of the id, 4 of the second until which the link works."""
SIGNATURE = 16
PURPOSE = b"maarid answer link 1\n"


def token_of(secret: str, message_id: str, until: float) -> str:
    """What stands in the link of a message; it works until a moment in Unix seconds."""
    signed = UUID(message_id).bytes + int(until).to_bytes(4)
    token = base64.urlsafe_b64encode(signed + _signature(secret, signed))
    return token.decode().rstrip("=")


def link_of(public_url: str, secret: str, message_id: str, until: float) -> str:
    """The address at which a message can be answered until a moment in Unix seconds."""
    return f"{public_url}/answers/{token_of(secret, message_id, until)}"


def message_in(secret: str, token: str, now: float) -> str:
    """The message that a link answers.  Raises Refused for a link that is not ours, or too old."""
    try:
        found = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise Refused("link_invalid") from None
    signed, signature = found[:SIGNED], found[SIGNED:]
    if len(found) != SIGNED + SIGNATURE:
        raise Refused("link_invalid")
    if not hmac.compare_digest(signature, _signature(secret, signed)):
        raise Refused("link_invalid")
    if base64.urlsafe_b64encode(found).decode().rstrip("=") != token:
        raise Refused("link_invalid")  # Another way to write the same bytes.
    if int.from_bytes(signed[16:]) <= now:
        raise Refused("link_expired")
    return str(UUID(bytes=signed[:16]))


def _signature(secret: str, signed: bytes) -> bytes:
    made = hmac.new(secret.encode(), PURPOSE + signed, hashlib.sha256)
    return made.digest()[:SIGNATURE]
