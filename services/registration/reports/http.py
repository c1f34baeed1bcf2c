"""The routes of the report on a fair."""

from __future__ import annotations

from fastapi import APIRouter, Response

from chassis.answers.shapes import known
from chassis.api.fields import FairId
from chassis.api.requests import Role, RuntimeDep, allow
from services.registration.fairs.read import fair
from services.registration.reports import read
from services.registration.reports.read import EditionOut, ReportOut, Series
from services.registration.reports.sheet import Figures, as_csv, lines_of

router = APIRouter(tags=["fairs"])

Reader = allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE)
CSV = "text/csv"


@router.get("/fairs/{fair_id}/report", dependencies=[Reader])
async def show_report(
    fair_id: FairId, runtime: RuntimeDep, series: Series = Series.REGION
) -> ReportOut:
    """A fair in figures, beside the earlier fairs of its region, or all earlier ones."""
    found = known(await fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    return await read.report(runtime.pool, found, series)


@router.get(
    "/fairs/{fair_id}/report.csv",
    dependencies=[Reader],
    response_class=Response,
    responses={
        200: {"description": "The table.", "content": {CSV: {"schema": {"type": "string"}}}}
    },
)
async def download_report(
    fair_id: FairId, runtime: RuntimeDep, series: Series = Series.REGION
) -> Response:
    """The same as a table for spreadsheets: a line for each figure, a column for each fair."""
    found = known(await fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    report = await read.report(runtime.pool, found, series)
    editions = [(each.fair_id, _figures(each)) for each in (report.fair, *report.earlier)]
    name = f'attachment; filename="{fair_id}-report.csv"'
    return Response(
        as_csv(lines_of(editions)), media_type=CSV, headers={"content-disposition": name}
    )


def _figures(edition: EditionOut) -> Figures:
    more = {"newcomers": edition.newcomers, "by_family": edition.by_family}
    return {**edition.figures.model_dump(exclude={"families"}), **more}
