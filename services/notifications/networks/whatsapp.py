"""WhatsApp, by the Cloud API: templates that Meta has approved, and what it says afterwards."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import httpx
import orjson

from services.notifications.networks import calls
from services.notifications.networks.network import (
    Channel,
    Denied,
    NotTaken,
    Outgoing,
    Receipt,
    Reported,
    Said,
    Unanswered,
)
from services.notifications.networks.references import number_in, reference_in

LANGUAGES: Mapping[str, str] = {"ar": "ar", "fr": "fr", "en": "en"}
"""The languages of templates as WhatsApp names them; it has no Tamazight."""
SIGNATURE = "x-hub-signature-256"

WAIT = frozenset({4, 80007, 130429, 131048, 131056, 133016})
"""Too many of our calls, or too many to this number."""
DENIED = frozenset({0, 3, 10, 190, 131005, 131031, 131042, 133010, 368})
"""Our token, account, number or payment is refused."""
TROUBLE = frozenset({1, 2, 131000, 131016, 131057})
"""The network says that something of its own has failed."""
REASONS: Mapping[int, str] = {
    131026: "no_whatsapp",
    131021: "no_whatsapp",
    131030: "no_whatsapp",
    131047: "window_closed",
    131049: "not_today",
    131050: "marketing_stopped",
    130472: "not_today",
    132000: "template_refused",
    132001: "template_refused",
    132005: "template_refused",
    132007: "template_refused",
    132012: "template_refused",
    132015: "template_refused",
    132016: "template_refused",
}
"""Why a text is not delivered, by the codes of the Cloud API."""
OTHER = "refused"

STATUSES: Mapping[str, Literal["accepted", "delivered", "read", "failed"]] = {
    "accepted": "accepted",
    "sent": "accepted",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True)
class WhatsAppAccount:
    """One number at the Cloud API.  Its `repr` leaves the secrets out."""

    url: str
    """With the version: `https://graph.facebook.com/v24.0`."""
    number_id: str
    token: str = field(repr=False)
    app_secret: str = field(repr=False)
    verify_token: str = field(repr=False)


class WhatsApp:
    """A `Network` that sends approved templates.  Its references are its
    `biz_opaque_callback_data`."""

    name = "whatsapp"
    channel: Channel | None = "whatsapp"
    templates_alone = True
    here = True

    def __init__(self, account: WhatsAppAccount, seconds: float = calls.SECONDS) -> None:
        self._account = account
        self._seconds = seconds
        self._http = calls.client(seconds)

    async def send(self, outgoing: Outgoing) -> Receipt:
        language = LANGUAGES.get(outgoing.language)
        if language is None:
            return Receipt("failed", "no_template")
        request = self._http.build_request(
            "POST",
            f"{self._account.url}/{self._account.number_id}/messages",
            json=_message(outgoing, language),
            headers={"authorization": f"Bearer {self._account.token}"},
        )
        return _taken(await calls.hand_over(self._http, request, self._seconds))

    async def look_up(self, reference: str, network_id: str | None) -> Receipt | None:
        """The Cloud API cannot be asked for a message: its receipts alone say what became of it."""
        return None

    async def close(self) -> None:
        await self._http.aclose()


def _message(outgoing: Outgoing, language: str) -> Mapping[str, Any]:
    template: dict[str, Any] = {"name": outgoing.template, "language": {"code": language}}
    if outgoing.values:
        # A parameter with a line break, or with four spaces in a row, is refused.
        values = [{"type": "text", "text": " ".join(value.split())} for value in outgoing.values]
        template["components"] = [{"type": "body", "parameters": values}]
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": outgoing.to.phone.removeprefix("+"),
        "type": "template",
        "template": template,
        "biz_opaque_callback_data": outgoing.reference,
    }


def _taken(response: httpx.Response) -> Receipt:
    """What an answer says.  Raises NotTaken, Throttled, Denied or Unanswered."""
    body = calls.body_of(response)
    if response.is_success:
        for message in calls.parts_of(body, "messages"):
            if (network_id := calls.text_of(message, "id")) is not None:
                return Receipt("accepted", network_id=network_id)
        raise Unanswered("it was taken, and its id cannot be read")
    code = calls.code_of(calls.part_of(body, "error"), "code")
    if response.status_code == 429 or code in WAIT:
        raise calls.throttled(response)
    if response.status_code in (401, 403) or code in DENIED or _of_permissions(code):
        raise Denied(f"code {code}")
    if response.status_code >= 500:
        if code is None:
            # Somebody on the way answers: behind it the text may have been taken.
            raise Unanswered(f"status {response.status_code}")
        raise NotTaken(f"code {code}")
    if code in TROUBLE:
        raise NotTaken(f"code {code}")
    if code is None:
        raise NotTaken(f"status {response.status_code}")
    return Receipt("failed", REASONS.get(code, OTHER))


def _of_permissions(code: int | None) -> bool:
    return code is not None and 200 <= code <= 299


class WhatsAppHooks:
    """An `Incoming`: what the Cloud API posts to us."""

    def __init__(self, account: WhatsAppAccount) -> None:
        self._key = account.app_secret.encode()
        self._verify_token = account.verify_token

    def signed(self, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> bool:
        given = [value for name, value in headers if name.lower() == SIGNATURE]
        due = "sha256=" + hmac.new(self._key, body, hashlib.sha256).hexdigest()
        return len(given) == 1 and hmac.compare_digest(given[0].encode(), due.encode())

    def answers_challenge(self, mode: str, token: str) -> bool:
        """Whether who asks knows our word, as Meta does when somebody subscribes this address."""
        known = hmac.compare_digest(token.encode(), self._verify_token.encode())
        return mode == "subscribe" and known

    def read(self, url: str, body: bytes) -> Sequence[Reported | Said]:
        said: list[Reported | Said] = []
        for value in _values(body):
            said += filter(None, map(_reported, calls.parts_of(value, "statuses")))
            said += filter(None, map(_said, calls.parts_of(value, "messages")))
        return said

    def spoken_at(self, body: bytes) -> float | None:
        """When the newest of what it says happened, in Unix seconds; None where nothing tells.

        Raises ValueError for what cannot be read.
        """
        each = (
            each
            for value in _values(body)
            for name in ("statuses", "messages")
            for each in calls.parts_of(value, name)
        )
        return max(filter(None, map(_seconds, each)), default=None)


def _values(body: bytes) -> list[Mapping[str, Any]]:
    """What the entries of a post hold.  Raises ValueError for what is no JSON object in UTF-8."""
    found: object = orjson.loads(body)  # JSONDecodeError is a ValueError.
    if not isinstance(found, dict):
        raise ValueError("no object")
    entries = calls.parts_of(cast("Mapping[str, Any]", found), "entry")
    changes = (change for entry in entries for change in calls.parts_of(entry, "changes"))
    return [calls.part_of(change, "value") for change in changes]


def _seconds(each: Mapping[str, Any]) -> float | None:
    told = calls.text_of(each, "timestamp") or ""
    return float(told) if told.isascii() and told.isdigit() and len(told) < 12 else None


def _reported(status: Mapping[str, Any]) -> Reported | None:
    """A receipt; None for a status that says nothing of a delivery."""
    outcome = STATUSES.get(calls.text_of(status, "status") or "")
    network_id = calls.text_of(status, "id")
    if outcome is None or network_id is None:
        return None
    reason = ""
    if outcome == "failed":
        codes = (calls.code_of(error, "code") or 0 for error in calls.parts_of(status, "errors"))
        reason = next((REASONS[code] for code in codes if code in REASONS), OTHER)
    reference = reference_in(calls.text_of(status, "biz_opaque_callback_data"))
    return Reported(Receipt(outcome, reason, network_id), reference)


def _said(message: Mapping[str, Any]) -> Said | None:
    """What a person wrote or pressed; None for a picture, a voice, a reaction."""
    network_id = calls.text_of(message, "id")
    phone = number_in(calls.text_of(message, "from"))
    interactive = calls.part_of(message, "interactive")
    text = (
        calls.text_of(calls.part_of(message, "text"), "body")
        or calls.text_of(calls.part_of(message, "button"), "text")
        or calls.text_of(calls.part_of(interactive, "button_reply"), "title")
        or calls.text_of(calls.part_of(interactive, "list_reply"), "title")
    )
    if network_id is None or phone is None or text is None:
        return None
    answers = calls.text_of(calls.part_of(message, "context"), "id")
    return Said(network_id, phone, text, answers)
