"""The routes of the report on a fair."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from chassis.answers.shapes import known
from chassis.api.fields import FairId
from chassis.api.requests import Caller, Role, Runtime, RuntimeDep, allow
from services.registration.fairs.read import fair
from services.registration.reports import read
from services.registration.reports.handlers import as_xlsx
from services.registration.reports.read import EditionOut, ReportOut, Series
from services.registration.reports.sheet import Figures, as_csv, lines_of

router = APIRouter(tags=["fairs"])

Reader = allow(Role.ORGANISER, Role.AUDITOR, Role.SERVICE)
ReadingCaller = Annotated[Caller, Reader]
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BINARY = {"type": "string", "format": "binary"}


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
    lines = await _lines(runtime, fair_id, series)
    name = f'attachment; filename="{fair_id}-report.csv"'
    return Response(as_csv(lines), media_type=CSV, headers={"content-disposition": name})


@router.get(
    "/fairs/{fair_id}/report.xlsx",
    response_class=Response,
    responses={200: {"description": "The table.", "content": {XLSX: {"schema": BINARY}}}},
)
async def download_report_sheet(
    fair_id: FairId, runtime: RuntimeDep, caller: ReadingCaller, series: Series = Series.REGION
) -> Response:
    """The same table as an XLSX file."""
    lines = await _lines(runtime, fair_id, series)
    file = await as_xlsx(runtime, fair_id, lines, caller.actor)
    name = f'attachment; filename="{fair_id}-report.xlsx"'
    return Response(file, media_type=XLSX, headers={"content-disposition": name})


async def _lines(runtime: Runtime, fair_id: str, series: Series) -> list[list[str | int]]:
    found = known(await fair(runtime.pool, fair_id), "fair_unknown", fair_id=fair_id)
    report = await read.report(runtime.pool, found, series)
    return lines_of([(each.fair_id, _figures(each)) for each in (report.fair, *report.earlier)])


def _figures(edition: EditionOut) -> Figures:
    more = {"newcomers": edition.newcomers, "by_family": edition.by_family}
    return {**edition.figures.model_dump(exclude={"families"}), **more}
