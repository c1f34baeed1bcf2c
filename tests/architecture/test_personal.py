"""Every table that may hold what is personal is declared, so that a purge rewrites it."""

from __future__ import annotations

import re

import pytest

from cli.definitions import definition_of
from services import SERVICES
from tests.architecture.tree import ROOT

NOTHING_PERSONAL = {
    "registration": {
        *("corrections", "publisher", "organisation_keys", "keyed", "draw_secrets"),
        *("people_corrections", "people_publisher", "retention_confirmed", "retention_left"),
        *("catalogue_products", "catalogue_due", "catalogue_index", "told_apart"),
    },
    "scheduling": {"assignment_drafts", "repair_offers", "swaps", "timetables"},
    "ticketing": {"devices", "forgotten"},
    "notifications": {
        *("erased_contacts", "sending", "followed", "figures", "fanout", "attempts", "channels"),
        *("leases", "campaign_work", "campaign_recipients", "campaign_previews"),
    },
}
"""Tables of the schema `own` that hold ids, counts and what is public."""
CREATED = re.compile(r"^create table (\w+)\.(\w+) \((.*?)^\)", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"^\s*(name|phone|text|note)\s+text\b", re.MULTILINE)
"""Columns that say what a person is called, where to reach them, or what was written to them."""


def created(service: str) -> list[tuple[str, str, str]]:
    """The tables of a service's migrations: schema, name, columns."""
    folder = ROOT / "services" / service / "migrations"
    text = "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("*.sql")))
    return CREATED.findall(re.sub(r"^(create table \S+ \(.*)\);$", r"\1\n);", text, flags=re.M))


@pytest.mark.parametrize("service", SERVICES)
def test_a_table_of_our_own_is_declared_or_holds_nothing_personal(service: str) -> None:
    own = {name for schema, name, _ in created(service) if schema == "own"}
    declared = {each.table for each in definition_of(service).personal}
    assert own == declared | NOTHING_PERSONAL[service]
    assert not declared & NOTHING_PERSONAL[service]


@pytest.mark.parametrize("service", SERVICES)
def test_no_other_table_has_a_column_for_a_name_a_number_or_a_text(service: str) -> None:
    declared = {each.name for each in definition_of(service).personal}
    named = {
        f"{schema}.{name}" for schema, name, columns in created(service) if NAMED.search(columns)
    }
    assert named <= declared


def test_what_is_declared_has_such_columns() -> None:
    """So the pattern finds what it is to find."""
    named = {
        f"{schema}.{name}"
        for schema, name, columns in (*created("registration"), *created("notifications"))
        if NAMED.search(columns)
    }
    assert named == {
        *("own.contacts", "own.people", "own.phone_messages", "own.codes"),
        *("own.intake_rows", "own.inbox", "own.answers", "own.call_notes"),
    }
