"""SMS and WhatsApp by Twilio, and what it says afterwards."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

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

SIGNATURE = "x-twilio-signature"
WHATSAPP = "whatsapp:"
"""Stands before a number that is reached by WhatsApp."""
MOST_FIELDS = 100

DENIED = frozenset({20003, 20005, 20006, 20008, 20403, 21606, 21659, 21660, 21661, 63007})
"""Our credentials, account or sender are refused."""
WAIT = frozenset({14107, 20429, 63018, 63038})
"""Too many of our calls, or too many texts of the sender."""
REASONS: Mapping[int, str] = {
    21211: "unreachable_number",
    21214: "unreachable_number",
    21217: "unreachable_number",
    21408: "unreachable_number",
    21610: "opted_out",
    21612: "unreachable_number",
    21614: "unreachable_number",
    30003: "unreachable_number",
    30004: "blocked",
    30005: "unreachable_number",
    30006: "unreachable_number",
    30036: "expired",
    63003: "no_whatsapp",
    63016: "window_closed",
    63024: "no_whatsapp",
    63027: "template_refused",
    63028: "template_refused",
    63032: "not_today",
    63040: "template_refused",
    63041: "template_refused",
    63049: "not_today",
}
"""Why a text is not delivered, by Twilio's error codes."""
OTHER = "refused"

STATUSES: Mapping[str, Literal["accepted", "delivered", "read", "failed"]] = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "accepted",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """An account and a sender at Twilio.  Its `repr` leaves the token out."""

    url: str
    """`https://api.twilio.com`, or one of its regions."""
    account_sid: str
    auth_token: str = field(repr=False)
    sender: str
    """A number, a sender's name, or the id of a messaging service (`MG…`)."""
    hook_url: str
    """Where Twilio tells us what became of a text."""


class Twilio:
    """A `Network` over Twilio's API.  Its references stand in the address of each callback.

    By WhatsApp it sends templates that Twilio calls contents: `contents` gives their ids, by
    template and language.
    """

    here = True

    def __init__(
        self,
        account: TwilioAccount,
        channel: Channel,
        contents: Mapping[tuple[str, str], str] | None = None,
        seconds: float = calls.SECONDS,
    ) -> None:
        self.name = f"twilio_{channel}"
        self.channel: Channel | None = channel
        self.templates_alone = channel == "whatsapp"
        self._account = account
        self._contents = contents or {}
        self._seconds = seconds
        self._http = calls.client(seconds, httpx.BasicAuth(account.account_sid, account.auth_token))
        self._messages = f"{account.url}/2010-04-01/Accounts/{account.account_sid}/Messages"

    async def send(self, outgoing: Outgoing) -> Receipt:
        form = {
            "To": outgoing.to.phone,
            "StatusCallback": f"{self._account.hook_url}?reference={outgoing.reference}",
        }
        sender = self._account.sender
        if self.channel == "whatsapp":
            content = self._contents.get((outgoing.template, outgoing.language))
            if content is None:
                return Receipt("failed", "no_template")
            values = {str(n): value for n, value in enumerate(outgoing.values, start=1)}
            form |= {"ContentSid": content, "ContentVariables": orjson.dumps(values).decode()}
            form["To"] = WHATSAPP + outgoing.to.phone
            sender = sender if sender.startswith("MG") else WHATSAPP + sender
        else:
            form["Body"] = outgoing.text
        form["MessagingServiceSid" if sender.startswith("MG") else "From"] = sender
        request = self._http.build_request("POST", f"{self._messages}.json", data=form)
        return _taken(await calls.hand_over(self._http, request, self._seconds))

    async def look_up(self, reference: str, network_id: str | None) -> Receipt | None:
        """What Twilio knows of a text by its own id; it cannot be asked for our reference."""
        if network_id is None:
            return None
        request = self._http.build_request("GET", f"{self._messages}/{network_id}.json")
        try:
            response = await calls.hand_over(self._http, request, self._seconds)
        except Unanswered as error:
            raise NotTaken(str(error)) from None
        if response.status_code == 404:
            return None
        if not response.is_success:
            raise _refusal(response)
        return _receipt(
            calls.text_of(calls.body_of(response), "status"),
            calls.code_of(calls.body_of(response), "error_code"),
            network_id,
        )

    async def close(self) -> None:
        await self._http.aclose()


def _taken(response: httpx.Response) -> Receipt:
    """What an answer says.  Raises NotTaken, Throttled, Denied or Unanswered."""
    body = calls.body_of(response)
    if response.is_success:
        network_id = calls.text_of(body, "sid")
        error = calls.code_of(body, "error_code")
        receipt = _receipt(calls.text_of(body, "status"), error, network_id)
        if network_id is None or receipt is None:
            raise Unanswered("it was taken, and its id cannot be read")
        return receipt
    code = calls.code_of(body, "code")
    if response.status_code >= 500:
        # Twilio knows no key by which a text would be taken once: it may have been.
        raise Unanswered(f"status {response.status_code}")
    if (reason := REASONS.get(code or 0)) is not None:
        return Receipt("failed", reason)
    if code is None or code in WAIT or code in DENIED or response.status_code in (401, 403, 429):
        raise _refusal(response)
    return Receipt("failed", OTHER)


def _refusal(response: httpx.Response) -> NotTaken:
    code = calls.code_of(calls.body_of(response), "code")
    if response.status_code == 429 or code in WAIT:
        return calls.throttled(response)
    if response.status_code in (401, 403) or code in DENIED:
        return Denied(f"code {code}")
    return NotTaken(f"status {response.status_code}")


def _receipt(status: str | None, error: int | None, network_id: str | None) -> Receipt | None:
    outcome = STATUSES.get((status or "").lower())
    if outcome is None:
        return None
    reason = "" if outcome != "failed" else REASONS.get(error or 0, OTHER)
    return Receipt(outcome, reason, network_id)


class TwilioHooks:
    """An `Incoming`: what Twilio posts to us, as a form."""

    def __init__(self, auth_token: str) -> None:
        self._key = auth_token.encode()

    def signed(self, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> bool:
        """Twilio signs the address and all parameters that it posts, in the order of their names;
        with the port in the address or without it, as it happens to be."""
        given = [value for name, value in headers if name.lower() == SIGNATURE]
        try:
            posted = sorted(set(_form(body)))
        except ValueError:
            return False
        tail = "".join(name + value for name, value in posted)
        due = [self._signature(each + tail) for each in _addresses(url)]
        return len(given) == 1 and any(hmac.compare_digest(given[0].encode(), each) for each in due)

    def _signature(self, signed: str) -> bytes:
        return base64.b64encode(hmac.new(self._key, signed.encode(), hashlib.sha1).digest())

    def read(self, url: str, body: bytes) -> Sequence[Reported | Said]:
        form = dict(_form(body))
        network_id = form.get("MessageSid") or form.get("SmsSid")
        if not network_id:
            raise ValueError("no message is named")
        status = form.get("MessageStatus") or form.get("SmsStatus") or ""
        if status in ("received", "receiving") or "Body" in form:
            phone = number_in(form.get("From", "").removeprefix(WHATSAPP))
            text = form.get("ButtonText") or form.get("Body")
            if phone is None or not text:
                return []
            return [Said(network_id, phone, text, form.get("OriginalRepliedMessageSid"))]
        receipt = _receipt(status, calls.code_of(form, "ErrorCode"), network_id)
        reference = reference_in(dict(parse_qsl(urlsplit(url).query)).get("reference"))
        return [] if receipt is None else [Reported(receipt, reference)]


def _form(body: bytes) -> list[tuple[str, str]]:
    """The parameters of a form.  Raises ValueError on what is none in UTF-8."""
    return parse_qsl(
        body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
    )


def _addresses(url: str) -> list[str]:
    """The address without its port and with it."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    with_port = parts._replace(netloc=f"{host}:{port or (443 if parts.scheme == 'https' else 80)}")
    return [parts._replace(netloc=host).geturl(), with_port.geturl()]


def hook_of(public_url: str, name: str) -> str:
    """The address at which a network finds us."""
    return f"{public_url}/hooks/{name}"
