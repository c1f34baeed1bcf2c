"""What is found in a text, and what is nobody's."""

from __future__ import annotations

import pytest

from cli.audit.personal import Personal

# Made up: no such persons, and numbers that are given to nobody.
NAME, PHONE = "Fatima Zahra Benmade-Up", "+212600000042"


@pytest.fixture
def personal() -> Personal:
    known = Personal()
    known.add(NAME, PHONE)
    known.add("Singleword", "+212600000043")
    return known


@pytest.mark.parametrize(
    "text",
    [
        f'{{"title":"Hommage à {NAME}"}}',
        '{"note":"0600000042"}',
        '{"note":"+212 6 00 00 00 42"}',
        '{"note":"06-00-00-00-42","id":"0192f5c4-7d3e-7c1a-9a55-3f0d6b1e2c47"}',
        '{"note":"0600000043"}',
    ],
)
def test_a_name_or_a_number_is_found_in_any_spelling(personal: Personal, text: str) -> None:
    assert personal.stands_in(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"title":"Hommage à Fatima Zahra"}',
        '{"title":"Singleword again"}',
        '{"id":"06000000-4200-0600-0000-420600000042"}',
        '{"at":"2026-11-28T02:41:51.600042Z"}',
        f'{{"title":"{NAME}s"}}',
    ],
)
def test_a_text_that_only_looks_personal_is_not(personal: Personal, text: str) -> None:
    assert not personal.stands_in(text)


def test_a_name_in_the_public_name_of_an_organisation_is_known_and_a_number_is_not(
    personal: Personal,
) -> None:
    enrolled = f"Coopérative {NAME} 0600000042"
    personal.allow(enrolled)
    assert personal.stands_in(enrolled)
    assert not personal.stands_in(f"Coopérative {NAME}")
    personal.add("Hassan Alsomade", "+212600000044")
    assert personal.stands_in("Coopérative Hassan Alsomade")
