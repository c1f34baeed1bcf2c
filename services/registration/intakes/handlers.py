"""The handlers of lists: what is asked of the child process, and the import of a row."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID, uuid5

import orjson
from pydantic import ValidationError

from chassis.api.fields import new_id
from chassis.definition.runtime import Runtime
from chassis.definition.service import JobKind
from chassis.jobs import store
from chassis.kernel.refused import Refused
from chassis.log.context import CommandContext
from chassis.log.outcome import EventTooLarge
from chassis.process.breakpoints import reached
from chassis.process.ids import uuid7
from services.registration.applications.handlers import submit
from services.registration.applications.http import ApplicationIn
from services.registration.contacts.handlers import execute_with_details
from services.registration.contacts.http import ContactIn
from services.registration.enrolment.handlers import enrol
from services.registration.enrolment.http import OrganisationIn
from services.registration.intakes import package
from services.registration.intakes.rows import annotated, files, imports
from services.registration.intakes.rows.imports import Import
from services.registration.organisations.consent import AddContact, NewContact
from services.registration.organisations.domain import (
    CorrectOrganisation,
    EnrolOrganisation,
    organisation_stream,
)
from services.registration.organisations.http import CorrectionIn, distinct
from services.registration.organisations.read import one_with, whom_to_tell
from services.registration.personal.handlers import new_person_id
from services.registration.reports.handlers import made
from services.registration.selection.domain import SubmitApplication

READ = JobKind(
    "intake_rows",
    "services.registration.intakes.reading:read",
    seconds=60,
    megabytes=400,
    load=files.load_file,
    take=files.take_rows,
)
ANNOTATE = JobKind(
    "intake_annotated",
    "services.registration.intakes.annotating:annotate",
    seconds=60,
    megabytes=400,
    load=annotated.load_rows,
    take=annotated.take_annotated,
)
JOBS = (READ, ANNOTATE)
REASON = "list_of_delegation"
"""The reason of corrections that an import makes."""


async def take_in(
    runtime: Runtime, context: CommandContext, fair_id: str, pole_id: str | None, file: bytes
) -> UUID:
    """Keep a file and ask for the job that reads it, which has the id of the intake.

    Raises Refused on a file that is not to be read, and CommandIdReused.
    """
    await runtime.desk.refused_before(context)
    package.format_of(file)
    async with runtime.pool.acquire() as db, db.transaction():
        new = uuid7()
        given = orjson.dumps({"intake_id": str(new)}).decode()
        # The same request again leads to the one that it led to before.
        intake_id = await store.ask(db, READ, given, context, new)
        if intake_id == new:
            await files.add(db, intake_id, fair_id, context, runtime.clock.now(), pole_id, file)
    return intake_id


async def annotated_file(runtime: Runtime, intake_id: str, actor: str) -> bytes:
    """The rows with their reasons, as an XLSX file.  Raises Problem 503 while it is made."""
    revision, file = await annotated.annotated(runtime.pool, intake_id)
    while file is None:
        given = {"intake_id": intake_id, "revision": revision}
        await made(runtime, ANNOTATE, f"{intake_id}:{revision}", given, actor)
        before = revision
        revision, file = await annotated.annotated(runtime.pool, intake_id)
        if file is None and revision == before:
            raise Refused("intake_unknown", intake_id=intake_id)
    return file


async def import_row(runtime: Runtime, job: Import, row: dict[str, Any], named: set[str]) -> None:
    """Enrol the organisation of a row where nobody knows it, and apply for it.

    Ids and command ids come from the intake and the number of the row: done again, it is the same.
    What is refused is written down; everything else that is raised leaves the row open.
    """
    end = partial(imports.end_row, runtime.pool, job.intake_id, row["number"])
    try:
        organisation_id = await _organisation(runtime, job, row, named)
        ids = await one_with(runtime.pool, organisation_id)
        given = {**row["given"]["application"], "organisation_id": organisation_id}
        form = ApplicationIn.model_validate({**given, "late_because": job.late_because})
        context = _context(job, row, f"apply:{job.runs}")
        command = partial(form.as_a, SubmitApplication, programmes=distinct(form.programmes))
        application_id = await submit(runtime, context, job.fair_id, ids, command)
        await reached("intakes.applied")
        await end("imported", application_id=application_id)
    except Refused as refused:
        if refused.code == "already_applied":
            application_id = str(refused.details["application_id"])
            await end("already_there", application_id=application_id)
        else:
            await end("refused", refused=refused)
    except (ValidationError, EventTooLarge):
        await end("refused", refused=Refused("intake_row_unclear"))


def _context(job: Import, row: dict[str, Any], what: str) -> CommandContext:
    command_id = uuid5(job.intake_id, f"{row['number']}:{what}")
    return CommandContext(command_id, job.import_actor, correlation_id=job.import_command_id)


async def _organisation(runtime: Runtime, job: Import, row: dict[str, Any], named: set[str]) -> str:
    """The id of a row's organisation, which is enrolled, and corrected if the team says so."""
    enrolling = _context(job, row, "enrol")
    known = named - {new_id(enrolling, "organisation")}
    if row["organisation_id"] is None and len(known) > 1:
        raise Refused("intake_row_unclear")
    organisation_id = row["organisation_id"] or next(iter(known), None)
    contact = row["given"]["contact"]
    form = None if contact is None else ContactIn.model_validate(contact)
    if organisation_id is not None:
        if job.correct_known and row["changes"]:
            await _correct(runtime, _context(job, row, f"correct:{job.runs}"), row)
        await _reach(runtime, _context(job, row, "contact"), organisation_id, form)
        return organisation_id
    body = OrganisationIn.model_validate(row["given"]["organisation"])
    new = form and form.as_a(NewContact, contact_id=new_person_id(enrolling, "contact"))
    command = partial(body.as_a, EnrolOrganisation, programmes=())
    organisation_id = await enrol(runtime, enrolling, command, new, form and form.details())
    await reached("intakes.enrolled")
    await imports.enrolled(runtime.pool, job.intake_id, row["number"], organisation_id)
    return organisation_id


async def _correct(runtime: Runtime, context: CommandContext, row: dict[str, Any]) -> None:
    now = {each["field"]: each["now"] for each in row["changes"]}
    form = CorrectionIn.model_validate({**now, "reason": REASON})
    stream = organisation_stream(row["organisation_id"])
    await runtime.desk.execute(stream, form.as_a(CorrectOrganisation), context)


async def _reach(
    runtime: Runtime, context: CommandContext, organisation_id: str, form: ContactIn | None
) -> None:
    """Give an organisation its first contact, where it has nobody who could be told anything."""
    if form is None or await whom_to_tell(runtime.pool, organisation_id) is not None:
        return
    command = form.as_a(AddContact, contact_id=new_person_id(context, "contact"))
    details = form.details()
    await execute_with_details(runtime, context, organisation_id, command, command, details)
