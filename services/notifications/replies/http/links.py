"""The page of a signed link: a contact answers one message, or says that it wants no more.

Showing it changes nothing, for programs that preview texts open links too: only what is pressed
does.  It runs no script and loads nothing.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path as File
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from chassis.answers.invalid import read_texts
from chassis.api.requests import Problem, RuntimeDep, public
from chassis.kernel.refused import Refused
from chassis.postgres.database import Pool
from services.notifications.messages.tellings import QUESTIONS
from services.notifications.replies import read
from services.notifications.replies.handlers import take_pressed
from services.notifications.replies.links import message_in
from services.notifications.replies.meanings import Meaning
from services.notifications.settings import AccountSettings

router = APIRouter(prefix="/answers", tags=["hooks"])

WORDS: Mapping[str, Mapping[str, str]] = read_texts(File(__file__).with_suffix(".toml"))
"""What the page says, by language."""
LAST_RESORT = ("ar", "fr")
STYLE = """
body { font: 20px/1.6 system-ui, sans-serif; max-width: 30rem; margin: 0 auto; padding: 1rem; }
button { font: inherit; width: 100%; padding: .8rem; margin: .4rem 0; }
"""
POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}
ASKED = (Meaning.ACCEPT, Meaning.DECLINE)
ALWAYS = (Meaning.CALL_ME, Meaning.STOP)

Token = Annotated[str, Path(min_length=1, max_length=100, description="Of the link.")]
PAGE = {"description": "The page.", "content": {"text/html": {"schema": {"type": "string"}}}}


@router.get(
    "/{token}",
    dependencies=[public()],
    response_class=HTMLResponse,
    responses={200: PAGE},
)
async def show_link(runtime: RuntimeDep, token: Token) -> HTMLResponse:
    """What may be answered to a message, in the language of its contact.  Changes nothing."""
    linked = await _linked(runtime.pool, runtime.settings, token)
    asked = linked.template in QUESTIONS and not await read.answered(
        runtime.pool, linked.message_id
    )
    return _page(linked, "asks", (*(ASKED if asked else ()), *ALWAYS))


@router.post(
    "/{token}",
    dependencies=[public()],
    response_class=HTMLResponse,
    responses={200: PAGE},
)
async def press_link(request: Request, runtime: RuntimeDep, token: Token) -> HTMLResponse:
    """What a contact has pressed on the page of a link; pressed twice it is done once."""
    linked = await _linked(runtime.pool, runtime.settings, token)
    meaning = _pressed(await request.body())
    refused = await take_pressed(runtime, linked, meaning)
    return _page(linked, "done" if refused is None else "not_done", ())


async def _linked(pool: Pool, settings: AccountSettings, token: str) -> read.Linked:
    """The message of a link.  Raises Refused for a link that is not ours, too old, or of nobody."""
    if settings.links_secret is None:
        raise Refused("link_invalid")
    message_id = message_in(settings.links_secret, token, time.time())
    linked = await read.linked(pool, message_id)
    if linked is None:
        raise Refused("link_invalid")
    return linked


def _pressed(body: bytes) -> Meaning:
    """What the form says.  Raises Problem 422."""
    try:
        form = parse_qsl(body.decode(), errors="strict", max_num_fields=5)
        ((name, value),) = form
        meaning = Meaning(value)
    except ValueError:
        raise Problem(422, "press_unknown") from None
    if name != "answer" or meaning is Meaning.UNCLEAR:
        raise Problem(422, "press_unknown")
    return meaning


def _page(linked: read.Linked, said: str, buttons: Sequence[Meaning]) -> HTMLResponse:
    languages = (linked.language, linked.second_language, *LAST_RESORT)
    language = next(each for each in languages if each in WORDS)
    lines = "\n".join(_lines(WORDS[language], language, said, buttons))
    return HTMLResponse(lines, headers={**HEADERS, "content-language": language})


def _lines(
    words: Mapping[str, str], language: str, said: str, buttons: Sequence[Meaning]
) -> Iterator[str]:
    yield f'<!doctype html>\n<html lang="{language}" dir="{words["dir"]}">'
    yield f'<head><meta charset="utf-8"><title>{escape(words["title"])}</title>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<style>{STYLE}</style></head>\n<body><h1>{escape(words['title'])}</h1>"
    yield f"<p>{escape(words[said])}</p>"
    if buttons:
        yield '<form method="post">'
        for each in buttons:
            yield f'<button name="answer" value="{each}">{escape(words[each])}</button>'
        yield "</form>"
    yield "</body></html>"
