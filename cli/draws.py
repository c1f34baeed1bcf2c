"""Holds the draw of a fair again, from the log alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import asyncpg
import orjson
import typer

from chassis.postgres.database import SEARCH_PATH
from cli.reaching import addresses
from cli.running import fail, run
from cli.showing import console, errors
from servers import Addresses
from services.registration.selection import draw

EVENTS = """
select type, data::text as data from log.events where stream = $1 order by version
"""


@dataclass
class Drawn:
    """A draw held again, and where the log says otherwise."""

    word: str
    ranks: dict[str, int]
    differences: list[str] = field(default_factory=list[str])


def drawn(events: list[tuple[str, dict[str, object]]]) -> Drawn | None:
    """The draw of a fair by its events, in order; None where none was held."""
    submitted: list[str] = []
    secret_hash, number = "", 0
    held: dict[str, object] | None = None
    recorded: dict[str, int] = {}
    for type_, data in events:
        match type_.partition(".")[0]:
            case "application_submitted":
                submitted.append(str(data["application_id"]))
            case "selection_rules_published":
                secret_hash = str(data["secret_hash"])
            case "draw_held":
                held, number = data, len(submitted)
            case _ if isinstance(rank := data.get("draw_rank"), int):
                recorded[str(data.get("application_id") or data["exhibitor_id"])] = rank
            case _:
                pass
    if held is None:
        return None
    secret, word = bytes.fromhex(str(held["secret"])), str(held["word"])
    seed = draw.seed_of(secret, word)
    found = Drawn(word, draw.ranks(seed, submitted, number))
    if draw.sum_of(secret) != secret_hash:
        found.differences.append("The secret is not the one whose sum was published.")
    if seed.hex() != held["seed"]:
        found.differences.append("The seed is not sha256(secret, word).")
    for id_, rank in recorded.items():
        if found.ranks.get(id_) != rank:
            found.differences.append(f"{id_} was decided as rank {rank}, and has another.")
    return found


async def draw_again(where: Addresses, fair_id: str) -> Drawn | None:
    """The draw of a fair by registration's log; None where none was held."""
    db = await asyncpg.connect(
        where.owner_dsn["registration"], server_settings={"search_path": SEARCH_PATH}
    )
    try:
        rows = await db.fetch(EVENTS, f"fair-{fair_id}")
    finally:
        await db.close()
    return drawn([(row["type"], orjson.loads(row["data"])) for row in rows])


def draw_command(fair: Annotated[str, typer.Argument(help="A fair's id.")]) -> None:
    """Hold a fair's draw again from the log alone, and print its order; exit 1 if it differs."""

    async def work() -> Drawn | None:
        async with addresses() as where:
            return await draw_again(where, fair)

    found = run(work())
    if found is None:
        raise fail(f"No draw was held for {fair}.")
    for id_, rank in sorted(found.ranks.items(), key=lambda item: item[1]):
        console.print(f"{rank} {id_}", soft_wrap=True, highlight=False)
    for difference in found.differences:
        errors.print(difference, soft_wrap=True)
    if found.differences:
        raise typer.Exit(1)
