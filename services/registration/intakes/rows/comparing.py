"""What is known of the rows of a list: organisations with their number, or name and province."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg
import orjson

from chassis.postgres.database import Connection, Pool
from services.registration.intakes import reasons
from services.registration.intakes.cells import is_arabic
from services.registration.intakes.reading import reason
from services.registration.organisations.folding import fold, fold_organisation

Database = Connection | Pool
NUMBER = "register_number"
OF_THE_NEW = ("kind_unknown", "province_missing")
"""Reasons of rows whose organisation has to be enrolled first."""

# Organisations with a key of these, each as the one that it was merged into.
FOUND = """
select n.number, coalesce(o.merged_into, o.organisation_id) as organisation_id, n.why,
       (select array_agg(key) from organisation_keys as r
         where r.organisation_id = o.organisation_id and r.why = 'register_number') as registered
  from unnest($1::int[], $2::text[], $3::text[]) as n(number, why, key)
  join organisation_keys as k on k.why = n.why and k.key = n.key
  join organisations as o on o.organisation_id = k.organisation_id
"""
# Who is not on the topic yet counts by its standing: those rows are few, and have an index of their
# own.
CALLED = """
select n.number, coalesce(o.merged_into, o.organisation_id) as organisation_id
  from unnest($1::int[], $2::text[]) as n(number, phone)
 cross join lateral (
       select organisation_id from contacts where phone = n.phone and recorded
       union all
       select c.organisation_id from contacts as c join contact_standings using (contact_id)
        where c.phone = n.phone and not c.recorded) as c
  join organisations as o on o.organisation_id = c.organisation_id
"""
DETAILS = """
select organisation_id, kind, name, province, region, women_led, youth_led, register_number,
       founded, commune
  from organisations where organisation_id = any($1::text[])
"""


async def named_by(db: Database, rows: list[dict[str, Any]]) -> Mapping[int, set[str]]:
    """The organisations that rows name, by the numbers of the rows.

    A number of the register says which; else a name and its province do, unless the two have
    numbers that differ: many cooperatives share a name.
    """
    keys = [(row["number"], why, key) for row in rows for why, key in row["keys"]]
    numbers = {row["number"]: key for row in rows for why, key in row["keys"] if why == NUMBER}
    by_number: dict[int, set[str]] = {}
    by_name: dict[int, set[str]] = {}
    given = ([each[at] for each in keys] for at in range(3))
    for found in await db.fetch(FOUND, *given):
        at, own = found["number"], numbers.get(found["number"])
        if found["why"] == NUMBER:
            by_number.setdefault(at, set()).add(found["organisation_id"])
        elif own is None or own in (found["registered"] or [own]):
            by_name.setdefault(at, set()).add(found["organisation_id"])
    return by_name | by_number


async def compare(db: Database, rows: list[dict[str, Any]]) -> None:
    """Say of each row whether it is new, known, changed or wrong, and what is known of it."""
    by_key = await named_by(db, rows)
    phones = [(row["number"], row["phone"]) for row in rows if row["phone"] is not None]
    by_phone: dict[int, set[str]] = {}
    given = ([each[at] for each in phones] for at in range(2))
    for found in await db.fetch(CALLED, *given):
        by_phone.setdefault(found["number"], set()).add(found["organisation_id"])
    ids = sorted({id_ for each in by_key.values() for id_ in each})
    known = {row["organisation_id"]: row for row in await db.fetch(DETAILS, ids)}
    for row in rows:
        _judge(row, by_key.get(row["number"], set()), by_phone.get(row["number"], set()), known)


def _judge(
    row: dict[str, Any],
    named: set[str],
    called: set[str],
    known: Mapping[str, asyncpg.Record],
) -> None:
    row["organisation_id"], row["changes"] = None, []
    if len(named) == 1:
        row["reasons"] = [each for each in row["reasons"] if each["code"] not in OF_THE_NEW]
    if len(named) > 1:
        row["reasons"].append(reason("several_known", 0, row["line"]))
    elif not named and called:
        row["reasons"].append(reason("phone_known", 0, row["line"]))
    if reasons.is_wrong(row["reasons"]):
        row["status"] = "wrong"
    elif named:
        row["organisation_id"] = next(iter(named))
        row["changes"] = changes_of(
            row["given"]["organisation"], dict(known[row["organisation_id"]])
        )
        row["status"] = "changed" if row["changes"] else "known"
    else:
        row["status"] = "new"


def changes_of(given: Mapping[str, Any], known: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields of which a list says something else than is known."""
    found: list[dict[str, Any]] = []
    for name, value in given.items():
        was, now = known[name], value
        if name == "name":
            was = {language: text for language, text in orjson.loads(was).items() if text}
            now = _renamed(was, value)
        elif name == "register_number" and fold(was or "") == fold(value):
            continue
        if was != now:
            found.append({"field": name, "was": was, "now": now})
    return found


def _renamed(was: dict[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The name with the spellings of a list, each in its language, where they fold otherwise."""
    same = {fold_organisation(was[language]) for language in ("ar", "fr")}
    now = dict(was)
    for language in ("ar", "fr"):
        spelling = given[language]
        if fold_organisation(spelling) not in same and is_arabic(spelling) == (language == "ar"):
            now[language] = spelling
    return now
