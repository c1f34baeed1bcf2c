"""Tells what the code of a ticket is worth, by the public keys alone."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, cast

import httpx
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cli.launch import LaunchError, local_urls
from cli.running import fail
from cli.showing import console
from servers import StackSettings
from services.ticketing.tickets.code import Payload, Verdict, judge, read, short_code
from services.ticketing.tickets.keys import KeyState

ticket_app = typer.Typer(no_args_is_help=True, help="Visitors' tickets.")

WORDS: Mapping[Verdict, str] = {
    Verdict.VALID: "This is a ticket of ours.",
    Verdict.UNREADABLE: "This is no ticket's code: 140 letters of base45 are expected, from the QR"
    " code of a ticket, as they are.",
    Verdict.UNKNOWN_KEY: "None of these keys signed it: it is forged, its key was compromised, or"
    " these keys are older than the ticket.",
    Verdict.BAD_SIGNATURE: "Its signature is wrong: it was changed, or is forged.",
    Verdict.WRONG_FAIR: "This is a ticket of ours, for another fair.",
    Verdict.WRONG_DAY: "This is a ticket of ours, for another day.",
    Verdict.REISSUED: "This is a ticket of ours, of another issue.",
}


@ticket_app.command("verify")
def verify_command(
    code: Annotated[str, typer.Argument(help="The text of the QR code; - reads it from a pipe.")],
    keys: Annotated[
        str | None,
        typer.Option(help="Ticketing's address, or a file with what it answers at /ticket-keys."),
    ] = None,
    fair: Annotated[str | None, typer.Option(help="The fair at which it is shown.")] = None,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day on which it is shown.")
    ] = None,
) -> None:
    """Say whether a ticket's code is genuine, and what it says; exit 1 where it is not good.

    Whether it was revoked, or given out anew, only ticketing knows.
    """
    # Not stripped of spaces, with which the codes of some keys begin.
    text = (sys.stdin.read() if code == "-" else code).rstrip("\r\n")
    try:
        found = read(text, _public_keys(keys))
    except (OSError, ValueError, httpx.HTTPError, LaunchError) as error:
        raise fail(f"The keys cannot be had: {error}") from None
    verdict = found
    if isinstance(found, Payload):
        verdict = judge(found, fair, None if day is None else day.date())
        days = dict.fromkeys((found.first_day, found.last_day))
        console.print(
            f"ticket {found.ticket_id}: {found.kind}, party of {found.party},"
            f" {' to '.join(map(str, days))}, issue {found.issue},"
            f" letters {short_code(found.ticket_id, found.issue)}, key {found.key_id}",
            soft_wrap=True,
            highlight=False,
        )
    assert isinstance(verdict, Verdict)
    console.print(f"{verdict}: {WORDS[verdict]}", soft_wrap=True, highlight=False)
    if verdict is not Verdict.VALID:
        raise typer.Exit(1)


def _public_keys(where: str | None) -> Mapping[int, Ed25519PublicKey]:
    """The keys whose signatures count.

    Raises OSError, ValueError, httpx.HTTPError and LaunchError.
    """
    if where is None:
        where = local_urls(StackSettings().home)["ticketing"]
    if where.startswith(("http://", "https://")):
        address = where if where.endswith("/ticket-keys") else f"{where.rstrip('/')}/ticket-keys"
        text = httpx.get(address, timeout=10).raise_for_status().text
    else:
        text = Path(where).read_text("utf-8")
    trusted: dict[int, Ed25519PublicKey] = {}
    try:
        for key in cast(list[dict[str, str]], json.loads(text)["keys"]):
            if key["state"] != KeyState.COMPROMISED:
                public = base64.urlsafe_b64decode(f"{key['public']}=")
                trusted[int(key["id"])] = Ed25519PublicKey.from_public_bytes(public)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{where} is no list of keys") from error
    return trusted
