"""Routes that networks call.  Each shows by its signature that it is the network."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from chassis.api.requests import NotFound, Problem, RuntimeDep, public
from services.notifications.networks.handlers import WHATSAPP, hooks_of, whatsapp_hooks
from services.notifications.networks.whatsapp import WhatsAppHooks
from services.notifications.replies.rows import inbox
from services.notifications.settings import AccountSettings

router = APIRouter(prefix="/hooks", tags=["hooks"])

OLDEST_SECONDS = 8 * 86_400.0
"""WhatsApp tries for seven days; what is older is somebody's who has kept it."""
PLAIN = {"text/plain": {"schema": {"type": "string"}}}

Channel = Annotated[
    str, Path(pattern="^[a-z_]{1,20}$", description="The network.", examples=["whatsapp"])
]


@router.post(
    "/{channel}",
    dependencies=[public()],
    response_class=Response,
    responses={200: {"description": "Kept.", "content": PLAIN}},
)
async def receive_hook(
    request: Request,
    runtime: RuntimeDep,
    channel: Channel,
    reference: Annotated[
        str | None, Query(max_length=50, description="Ours, as we gave it to the network.")
    ] = None,
) -> Response:
    """What a network tells us: receipts, and what persons write.  It is kept, and worked on later.

    The signature of its bytes is checked before anything else is done or read.
    """
    settings: AccountSettings = runtime.settings
    hooks = hooks_of(settings, channel)
    if hooks is None:
        raise NotFound("hook_unknown", channel=channel)
    body = await request.body()
    url = _called(request, settings.public_url or "")
    if not hooks.signed(url, request.headers.items(), body):
        raise Problem(403, "hook_unsigned")
    try:
        said = hooks.read(url, body)
        at = hooks.spoken_at(body) if isinstance(hooks, WhatsAppHooks) else None
    except ValueError:
        raise Problem(422, "hook_unreadable") from None
    if at is not None and at < time.time() - OLDEST_SECONDS:
        raise Problem(410, "hook_outdated")
    await inbox.put(runtime.pool, channel, said)
    return Response(None, 200, media_type="text/plain")


@router.get(
    "/{channel}",
    dependencies=[public()],
    response_class=Response,
    responses={200: {"description": "The challenge.", "content": PLAIN}},
)
async def answer_challenge(
    runtime: RuntimeDep,
    channel: Channel,
    mode: Annotated[str, Query(alias="hub.mode", max_length=50)] = "",
    word: Annotated[str, Query(alias="hub.verify_token", max_length=500)] = "",
    challenge: Annotated[str, Query(alias="hub.challenge", pattern="^[0-9A-Za-z_-]{0,200}$")] = "",
) -> Response:
    """WhatsApp asks whether this address is ours, when somebody enters it there."""
    hooks = whatsapp_hooks(runtime.settings) if channel == WHATSAPP else None
    if hooks is None:
        raise NotFound("hook_unknown", channel=channel)
    if not hooks.answers_challenge(mode, word):
        raise Problem(403, "hook_unsigned")
    return Response(challenge, media_type="text/plain")


def _called(request: Request, public_url: str) -> str:
    """The address as the network has called it."""
    query: bytes = request.scope["query_string"]
    path: str = request.scope["path"]
    return public_url + path + (f"?{query.decode('latin-1')}" if query else "")
