"""Whoever is offered a place answers: some take it, some do not want it, some let it lapse."""

from __future__ import annotations

from datetime import datetime

from scenarios.client import Answer
from scenarios.replies import Reply
from scenarios.settling import GIVEN_UP, RECEIPTS, hour, settle
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
        if silent:
            await stage.client.move_clock(max(await _deadlines(stage, silent)))


async def _deadlines(stage: Stage, silent: list[str]) -> list[datetime]:
    """When the offers lapse that nobody answers: once their contacts were told, by a text whose
    receipt comes later or never, or by the team."""
    step = RECEIPTS
    while True:
        offers = [each for each in await _standing(stage) if each["offer_id"] in silent]
        untold = [each for each in offers if each["lapses_at"] is None]
        if not untold:
            return [datetime.fromisoformat(each["lapses_at"]) for each in offers]
        for offer in untold:
            if offer["state"] == "unreached":
                await _post(stage, offer, "told")
        await stage.client.move_clock(await hour(stage.client) + step)
        await settle(stage.client)
        step = GIVEN_UP


async def _standing(stage: Stage) -> list[Answer]:
    found = await stage.client.items("registration", f"{stage.fair}/offers")
    return [offer for offer in found if offer["state"] in STANDING]


async def _post(stage: Stage, offer: Answer, what: str, body: object = None) -> None:
    path = f"{stage.fair}/offers/{offer['offer_id']}/{what}"
    await stage.client.post("registration", path, body, step=f"{what}/{offer['offer_id']}")
