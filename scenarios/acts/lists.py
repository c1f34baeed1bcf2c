"""Two delegations send the applications of exhibitors as lists, and the team imports them."""

from __future__ import annotations

import asyncio

from scenarios.cast import Application, Organisation
from scenarios.client import Answer, NotFound, PlayError, each
from scenarios.lists import Names, arabic, french
from scenarios.report import Phase
from scenarios.stage import Stage

LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 60.0
"""How long a list may take to be read, or imported."""


async def play(stage: Stage) -> None:
    """Ends when all rows that can be are applications."""
    listed, numbers = stage.listed(), stage.register_numbers()
    names = Names(
        {pole.pole_id: {"ar": pole.name.ar, "fr": pole.name.fr} for pole in stage.scenario.poles},
        {
            family["code"]: family["name"]
            for family in await stage.client.items("registration", "/families")
        },
    )
    half = len(listed) // 2
    stage.progress(Phase.APPLY, 0, len(listed))
    for name, make, part in (("arabic", arabic, listed[:half]), ("french", french, listed[half:])):
        file = make(part, [numbers[organisation.key] for organisation, _ in part], names)
        await _import(stage, name, file)
    await _note(stage)
    await _wish(stage)


async def _import(stage: Stage, name: str, file: bytes) -> None:
    client, path = stage.client, f"{stage.fair}/intakes"
    sent = await client.upload("registration", path, file, step=f"list/{name}")
    where = f"{path}/{sent['intake_id']}"
    try:
        read = await _until(stage, where, "read", "importing", "imported")
        if read["statuses"].get("new"):
            raise PlayError(f"The {name} list has organisations that nobody knows.")
        await client.post("registration", f"{where}/import", {}, step=f"list/{name}/import")
        done = await _until(stage, where, "imported")
    except NotFound:
        return  # Played once more, when the list had been kept for long enough.
    wrong = {"wrong": done["statuses"].get("wrong", 0)}
    for what, count in {**done["outcomes"], **wrong}.items():
        stage.intake[what] = stage.intake.get(what, 0) + count
    stage.intake["lists"] = stage.intake.get("lists", 0) + 1


async def _until(stage: Stage, where: str, *states: str) -> Answer:
    for _ in range(int(PATIENCE_SECONDS / LOOK_SECONDS)):
        found = await stage.client.get("registration", where)
        if found["state"] in states:
            return found
        if found["state"] == "failed":
            raise PlayError(f"A list could not be read: {found['error']}.")
        await asyncio.sleep(LOOK_SECONDS)
    raise PlayError(f"A list was neither read nor imported: {where}.")


async def _note(stage: Stage) -> None:
    """Note the applications that came of the lists."""
    found = await stage.client.items("registration", f"{stage.fair}/applications")
    made = {one["organisation_id"]: one["application_id"] for one in found}
    for organisation, _ in stage.listed():
        of = made.get(stage.organisations[organisation.key].organisation_id)
        if of is None:
            raise PlayError(f"The lists brought no application of {organisation.name.fr}.")
        stage.applications[organisation.key] = of


async def _wish(stage: Stage) -> None:
    """The lists have no column for wishes, so that exhibitors tell them by phone."""

    async def wish(entry: tuple[Organisation, Application]) -> None:
        organisation, application = entry
        await stage.client.post(
            "registration",
            f"{stage.application_path(organisation)}/change",
            {"preferences": application.preferences, "reason": "told_by_phone"},
            step=f"wish/{organisation.key}",
        )

    await each([entry for entry in stage.listed() if entry[1].preferences], wish)
