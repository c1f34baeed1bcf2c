"""A list of applications from a spreadsheet to the log, over HTTP, read in the child process."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from services.registration.intakes.rows.files import clear
from tests.integration.registration.forms import contact_form
from tests.integration.registration.running_registration import SPRING, Registration
from tests.integration.registration.sending_lists import imported, new, send, taken_in
from tests.lists import ENTRIES, HEADINGS, csv_of, parts_of, with_part, xlsx_of
from tests.running_service import connected, refusal, text, uid
from tests.waiting import eventually

CONTACT = contact_form()


async def count(registration: Registration) -> int:
    async with connected(registration.owner_dsn) as db:
        return await db.fetchval("select count(*) from log.events")


async def test_a_clean_list_becomes_applications(registration: Registration) -> None:
    fair_id = await registration.call()
    path = await taken_in(registration, fair_id, xlsx_of(ENTRIES))
    shown = await registration.get(path)
    assert (shown["state"], shown["error"]) == ("read", None)
    assert shown["statuses"] == {"new": len(ENTRIES)}
    rows = await registration.all(f"{path}/rows")
    assert [row["reasons"] for row in rows] == [[] for _ in ENTRIES]
    done = await imported(registration, path)
    assert done["outcomes"] == {"imported": len(ENTRIES)}
    applications = await registration.all(f"/fairs/{fair_id}/applications")
    assert len(applications) == len(ENTRIES)


async def shown(registration: Registration, path: str, **query: Any) -> list[tuple[Any, ...]]:
    rows = await registration.all(f"{path}/rows", **query)
    return [
        (row["line"], row["status"], *(each["code"] for each in row["reasons"])) for row in rows
    ]


async def test_a_list_is_compared_with_what_is_known(registration: Registration) -> None:
    fair_id = await registration.call()
    mark = uid()[:8]
    known = await registration.enrol(
        name={"ar": f"تعاونية {mark}", "fr": f"Coopérative {mark}"},
        register_number=f"{mark}/1",
        contact={**CONTACT, "phone": "0612345690"},
    )
    other = await registration.enrol(
        name={"ar": f"تعاونية ثانية {mark}", "fr": f"Coopérative deux {mark}"},
        register_number=f"{mark}/2",
        women_led=False,
    )
    for _ in range(2):
        await registration.enrol(name=text(f"Coopérative double {mark}"))
    file = xlsx_of(
        [
            [f"COOP. {mark}", "Zagora", "", "", "", ""],
            ["Coopérative rebaptisée", "Zagora", "", "", "", f"{mark} / 2"],
            [f"Coopérative {mark}", "Zagora", "", "", "", f"{mark}/2"],
            [f"Coopérative {mark}", "Zagora", "", "", "", f"{mark}/77"],
            [f"Coopérative double {mark}", "Zagora", "", "", "", ""],
            ["Coopérative tout autre", "Zagora", "06 12 34 56 90", "", "", ""],
            [f"Coopérative neuve {mark}", "Zagora", "", "", "", ""],
            [f"Coopérative deux {mark}", "Zagora", "", "", "", f"{mark}/78"],
            [f"{mark}", "", "", "", "", f"{mark}/1"],
        ]
    )
    path = await taken_in(registration, fair_id, file)
    assert await shown(registration, path) == [
        (2, "known"),
        (3, "changed"),
        (4, "wrong", "twice_in_file"),
        (5, "wrong", "twice_in_file"),
        (6, "wrong", "several_known"),
        (7, "new", "phone_known"),
        (8, "new"),
        (9, "new"),
        (10, "known"),
    ]
    rows = await registration.all(f"{path}/rows", status="changed")
    assert rows[0]["organisation_id"] == other
    assert rows[0]["changes"] == [
        {
            "field": "name",
            "was": {"ar": f"تعاونية ثانية {mark}", "fr": f"Coopérative deux {mark}"},
            "now": {"ar": f"تعاونية ثانية {mark}", "fr": "Coopérative rebaptisée"},
        }
    ]
    assert [row["line"] for row in await registration.all(f"{path}/rows", sort="-number")] == [
        *range(10, 1, -1)
    ]
    page = await registration.get(f"{path}/rows", total=True, limit=2)
    assert (page["total"], len(page["items"])) == (9, 2)
    told = await registration.look(f"{path}/rows", status="wrong", language="fr")
    assert told.json()["items"][2]["reasons"][0]["told"].startswith("Cette ligne correspond")

    done = await imported(registration, path, correct_known=True)
    assert done["outcomes"] == {"imported": 5, "already_there": 1}
    after = await registration.get(f"/organisations/{other}")
    assert after["name"]["fr"] == "Coopérative rebaptisée"
    applied = await registration.all(f"/fairs/{fair_id}/applications", organisation_id=known)
    assert len(applied) == 1


async def test_what_an_import_did_is_not_done_again(registration: Registration) -> None:
    fair_id = await registration.call()
    file = xlsx_of(new(3))
    path = await taken_in(registration, fair_id, file)
    first = await imported(registration, path)
    assert first["outcomes"] == {"imported": 3}
    events = await count(registration)
    again = await imported(registration, path)
    assert again["outcomes"] == {"imported": 3}
    assert await count(registration) == events
    # The same list sent anew: all are known, and have applied.
    other = await taken_in(registration, fair_id, file)
    assert [status for _, status, *_ in await shown(registration, other)] == ["known"] * 3
    assert (await imported(registration, other))["outcomes"] == {"already_there": 3}
    assert await count(registration) == events


async def test_late_rows_are_refused_until_the_team_says_why(registration: Registration) -> None:
    fair_id = await registration.call()
    await registration.done(f"/fairs/{fair_id}/call/close", {"reason": "enough"})
    path = await taken_in(registration, fair_id, xlsx_of(new(2)))
    assert (await imported(registration, path))["outcomes"] == {"refused": 2}
    [row, _] = await registration.all(f"{path}/rows", outcome="refused")
    assert row["refused_code"] == "call_closed"
    assert row["refused_because"]
    late = await imported(registration, path, late_because="delegation_sent_it_late")
    assert late["outcomes"] == {"imported": 2}
    applied = await registration.all(f"/fairs/{fair_id}/applications", late=True)
    assert len(applied) == 2
    organisations = {each["organisation_id"] for each in applied}
    assert organisations == {
        row["organisation_id"] for row in await registration.all(f"{path}/rows")
    }


async def test_the_same_request_leads_to_the_same_list(registration: Registration) -> None:
    fair_id = await registration.call()
    key, file = uid(), xlsx_of(new(1))
    first = await send(registration, fair_id, file, key)
    again = await send(registration, fair_id, file, key)
    assert first.json() == again.json()
    other = await send(registration, fair_id, xlsx_of(new(2)), key)
    assert refusal(other) == (422, "idempotency_key_reused")
    assert len(await registration.all(f"/fairs/{fair_id}/intakes")) == 1


@pytest.mark.parametrize(
    ("file", "status", "code"),
    [
        (b"%PDF-1.7 x", 422, "intake_not_a_spreadsheet"),
        (with_part(xlsx_of(ENTRIES), "xl/vbaProject.bin", b"x"), 422, "intake_macros"),
        (b"x" * 5_000_001, 413, "body_too_large"),
    ],
    ids=["a PDF", "macros", "too large"],
)
async def test_a_bad_file_is_refused_and_nothing_of_it_is_kept(
    registration: Registration, file: bytes, status: int, code: str
) -> None:
    fair_id = await registration.call()
    assert refusal(await send(registration, fair_id, file)) == (status, code)
    assert await registration.all(f"/fairs/{fair_id}/intakes") == []


async def test_a_file_of_more_than_a_megabyte_is_taken_on_this_route_alone(
    registration: Registration,
) -> None:
    fair_id = await registration.call()
    file = csv_of([[f"Coopérative n{at}", "x" * 500] for at in range(2200)], HEADINGS[:2])
    assert len(file) > 1_000_000
    path = await taken_in(registration, fair_id, file)
    assert (await registration.get(path))["statuses"] == {"wrong": 2200}
    answer = await registration.http.post(
        "/fairs", content=file, headers=registration.headers() | {"idempotency-key": uid()}
    )
    assert refusal(answer)[0] in (413, 415)


async def test_what_only_the_child_finds_is_told_as_well(registration: Registration) -> None:
    fair_id = await registration.call()
    path = await taken_in(registration, fair_id, csv_of([["a", "b"]], ["c", "d"]))
    found = await registration.get(path)
    assert (found["state"], found["error"]) == ("failed", "intake_no_headings")
    assert refusal(await registration.post(f"{path}/import", {})) == (409, "intake_busy")


async def test_the_annotated_list_has_the_reasons_beside_each_row(
    registration: Registration,
) -> None:
    fair_id = await registration.call()
    path = await taken_in(registration, fair_id, xlsx_of([["=1+1", "Atlantide", "", "", "", "-2"]]))
    answer = await registration.look(f"{path}/annotated.xlsx")
    assert answer.status_code == 200, answer.text
    sheet = parts_of(answer.content)["xl/worksheets/sheet1.xml"].decode()
    assert "<f>" not in sheet
    titles, row = lines_in(answer.content)
    assert titles[:6] == [*HEADINGS]
    assert row[:2] == ["=1+1", "Atlantide"]
    assert row[8].startswith("B2: Cette province")
    assert len({row[7], row[8], row[9]}) == 3


def lines_in(file: bytes) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(file))
    return book.get_sheet_by_index(0).to_python()


async def test_an_erased_contact_is_in_no_list(registration: Registration) -> None:
    fair_id = await registration.call()
    mark = uid()[:8]
    phone = f"0612{int(mark, 16) % 10**6:06}"
    id_ = await registration.enrol(name=text(f"Coopérative {mark}"))
    contact_id = await registration.contact(id_, phone=phone)
    file = xlsx_of([[f"Coopérative {mark}", "Zagora", phone, "Nom", "", ""], *new(1)])
    path = await taken_in(registration, fair_id, file)
    first = await registration.look(f"{path}/annotated.xlsx")
    assert len(lines_in(first.content)) == 3
    answer = await registration.send("DELETE", f"/contacts/{contact_id}")
    assert answer.status_code == 204
    assert [row["line"] for row in await registration.all(f"{path}/rows")] == [3]
    second = await registration.look(f"{path}/annotated.xlsx")
    assert len(lines_in(second.content)) == 2
    async with connected(registration.owner_dsn) as db:
        held = await db.fetchval(
            "select count(*) from own.intakes as i where intake_id = $1"
            " and (file is not null or i::text like '%' || $2 || '%')",
            path.rpartition("/")[2],
            phone[1:],
        )
    assert held == 0


async def test_a_contact_erased_while_a_list_is_read_is_not_in_it(
    registration: Registration,
) -> None:
    fair_id, mark = await registration.call(), uid()[:8]
    phone = f"0612{int(mark, 16) % 10**6:06}"
    id_ = await registration.enrol(name=text(f"Coopérative {mark}"))
    contact_id = await registration.contact(id_, phone=phone)
    many = [[f"Coopérative {at} inventée", "Zagora", ""] for at in range(15_000)]
    file = csv_of([[f"Coopérative {mark}", "Zagora", phone], *many], HEADINGS[:3])
    answer = await send(registration, fair_id, file, pole_id="products")
    path = answer.headers["location"]
    assert (await registration.send("DELETE", f"/contacts/{contact_id}")).status_code == 204
    assert (await registration.get(path))["state"] == "reading", "it was read before the erasure"
    found = await eventually(lambda: registration.get(path), lambda found: found["state"] == "read")
    assert found["statuses"] == {"new": 15_000}


async def test_the_report_comes_as_a_workbook_as_well(registration: Registration) -> None:
    fair_id = await registration.call()
    table = await registration.look(f"/fairs/{fair_id}/report.csv")
    book = await registration.look(f"/fairs/{fair_id}/report.xlsx", "auditor")
    assert book.status_code == 200, book.text
    lines = [
        [str(int(cell)) if isinstance(cell, float) else cell for cell in line]
        for line in lines_in(book.content)
    ]
    assert lines == [*csv.reader(table.content.decode("utf-8-sig").splitlines())]


async def test_lists_are_kept_for_fourteen_days(registration: Registration) -> None:
    fair_id = await registration.call()
    path = await taken_in(registration, fair_id, xlsx_of(new(1)))
    async with connected(registration.owner_dsn) as db:
        pool: Any = db
        await clear(pool, SPRING + timedelta(days=13, hours=23))
        await registration.get(path)
        await clear(pool, SPRING + timedelta(days=14, hours=1))
    assert refusal(await registration.look(path)) == (404, "intake_unknown")


async def test_a_list_can_be_deleted_before(registration: Registration) -> None:
    fair_id = await registration.call()
    path = await taken_in(registration, fair_id, xlsx_of(new(1)))
    assert (await registration.send("DELETE", path)).status_code == 204
    assert refusal(await registration.look(path)) == (404, "intake_unknown")


async def test_no_log_table_has_what_stands_in_a_list(registration: Registration) -> None:
    fair_id = await registration.call()
    entry = [["Coopérative témoin", "Zagora", "0612345677", "Canari Inventé", "", ""]]
    path = await taken_in(registration, fair_id, xlsx_of(entry))
    await imported(registration, path)
    assert (await registration.look(f"{path}/annotated.xlsx")).status_code == 200
    async with connected(registration.owner_dsn) as db:
        for table in ("jobs", "events", "outcomes"):
            for canary in ("Canari", "612345677"):
                sql = f"select count(*) from log.{table} as t where t::text like '%' || $1 || '%'"
                assert await db.fetchval(sql, canary) == 0, table
