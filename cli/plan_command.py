"""`maarid plan`: what is wrong with a drawing of a floor, without any service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from chassis.answers.problems import Problems
from chassis.kernel.refused import Refused
from cli.running import fail, told as told_of
from cli.showing import console, errors
from services import scheduling
from services.scheduling.drawings.checking import MIN_AISLE_M, Limits, faults_of, ground_m2
from services.scheduling.drawings.reading import read
from services.scheduling.drawings.texts import LANGUAGES, told
from services.scheduling.floor.read import PlanBody


def plan_command(
    file: Annotated[Path, typer.Argument(help="A drawing, SVG or TOML (docs/drawings.md).")],
    area_m2: Annotated[float | None, typer.Option(help="The ground that the fair has.")] = None,
    poles: Annotated[str, typer.Option(help="The poles of the fair, with commas between.")] = "",
    min_aisle_m: Annotated[float, typer.Option(help="The least width of an aisle.")] = MIN_AISLE_M,
    metres_per_unit: Annotated[
        float | None, typer.Option(help="The scale; else what is drawn in the layer scale.")
    ] = None,
    language: Annotated[str, typer.Option(help="ar, fr or en.")] = "en",
    body: Annotated[
        Path | None, typer.Option(help="Write the body for /floor-plan to this file.")
    ] = None,
) -> None:
    """Say what is wrong with a drawing; exit 1 if anything is."""
    if language not in LANGUAGES:
        raise typer.BadParameter(f"Choose one of {', '.join(LANGUAGES)}.")
    try:
        content = file.read_bytes()
        drawn = read(content, metres_per_unit)
    except OSError as error:
        raise fail(told_of(error)) from None
    except Refused as refused:
        problems = Problems(Path(scheduling.__file__).parent)
        errors.print(problems.text(refused.code, language, refused.details), soft_wrap=True)
        raise typer.Exit(1) from None
    known_poles = frozenset(filter(None, poles.split(","))) or None
    faults = faults_of(drawn, Limits(known_poles, area_m2, min_aisle_m))
    for fault in faults:
        where = " ".join(f"({x:g}, {y:g})" for x, y in fault.at[:4])
        booths = " ".join(fault.booths)
        line = " ".join(filter(None, (booths, where)))
        console.print(f"{fault.code}: {line}\n  {told(fault, language)}", markup=False)
    area = ground_m2(drawn.booths, drawn.ground)
    console.print(f"{len(drawn.booths)} booths on {area:.0f} m², {len(faults)} faults.")
    if body is not None:
        plan = PlanBody.of_drawing(drawn.booths, drawn.ground)
        try:
            body.write_bytes(orjson.dumps(plan.model_dump(), option=orjson.OPT_INDENT_2))
        except OSError as error:
            raise fail(told_of(error)) from None
    if faults:
        raise typer.Exit(1)
