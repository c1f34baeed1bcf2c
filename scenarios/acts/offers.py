"""Whoever is offered a place answers: some take it, some do not want it, some let it lapse."""

from __future__ import annotations

from datetime import datetime

from scenarios.client import Answer
from scenarios.replies import Reply
from scenarios.settling import settle
from scenarios.stage import Stage

STANDING = ("offered", "running", "unreached")


async def answer(stage: Stage, prepared: list[Reply]) -> None:
    """Answer all offers, also those that follow from an answer; takes from what is `prepared`.

    The team tells those whom no message reaches.  Time passes where somebody does not answer.
    """
    while True:
        await settle(stage.client)
        offers = await _standing(stage)
        if not offers:
            return
        for offer in offers:
            if offer["state"] == "unreached":
                await _post(stage, offer, "told")
        silent: list[str] = []
        for offer in offers:
            reply = prepared.pop(0) if prepared else Reply.ACCEPT
            match reply:
                case Reply.ACCEPT:
                    await _post(stage, offer, "accept")
                case Reply.DECLINE:
                    await _post(stage, offer, "decline", {"reason": "cannot_come"})
                case Reply.SILENCE:
                    silent.append(offer["offer_id"])
        deadlines = [
            datetime.fromisoformat(offer["lapses_at"])
            for offer in await _standing(stage)
            if offer["offer_id"] in silent
        ]
        if deadlines:
            await stage.client.move_clock(max(deadlines))


async def _standing(stage: Stage) -> list[Answer]:
    found = await stage.client.items("registration", f"{stage.fair}/offers")
    return [offer for offer in found if offer["state"] in STANDING]


async def _post(stage: Stage, offer: Answer, what: str, body: object = None) -> None:
    path = f"{stage.fair}/offers/{offer['offer_id']}/{what}"
    await stage.client.post("registration", path, body, step=f"{what}/{offer['offer_id']}")
