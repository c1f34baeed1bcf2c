"""The team's desk: contacts write back, and those whom no text reaches are called by telephone.

Who writes what, and what comes of the calls, is made up.
"""

from __future__ import annotations

from scenarios.client import Answer, NotFound
from scenarios.stage import Stage

STOP = "وقف"
CALL_ME = "Rappelez-moi"
OUTCOMES = ("reached", "declined", "no_answer")
"""What comes of the first calls to those whom no text has reached; the rest are not called."""


async def is_kept(stage: Stage) -> bool:
    """Whether the service knows of calls; a version that was gone back to does not."""
    try:
        await calls(stage)
    except NotFound:
        return False
    return True


async def calls(stage: Stage) -> list[Answer]:
    """Those who are to be called now."""
    return await stage.client.items("notifications", f"{stage.fair}/calls")


async def write_back(stage: Stage, contact_id: str, text: str, *, step: str) -> None:
    """A contact writes back from its phone."""
    path = f"/phones/{contact_id}/answers"
    await stage.client.post("notifications", path, {"text": text}, step=step)


async def call(stage: Stage) -> None:
    """Call who has asked for it, and does not answer, and some whom no text has reached."""
    listed = await calls(stage)
    if any(each["calls"] for each in listed):
        return  # It was played before.
    unreached = [each for each in listed if each["why"] != "asked"]
    for each in listed:
        if each not in unreached:
            await _note(stage, each, "no_answer")
    for each, outcome in zip(unreached, OUTCOMES, strict=False):
        await _note(stage, each, outcome)


async def _note(stage: Stage, each: Answer, outcome: str) -> None:
    path = f"{stage.fair}/calls/{each['message_id']}"
    body = {"outcome": outcome, "note": "made up for the play"}
    await stage.client.post("notifications", path, body, step=f"call/{each['message_id']}")
