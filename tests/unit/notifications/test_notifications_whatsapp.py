"""Which text goes by WhatsApp, and with what its places are filled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.notifications.messages.samples import SAMPLES
from services.notifications.messages.tellings import Template
from services.notifications.messages.texts import greeting, render
from services.notifications.messages.variants import Variant, variant_for, variants_of
from services.notifications.messages.whatsapp import (
    LANGUAGES,
    TEMPLATES,
    Approvals,
    ApprovalsError,
    State,
    body_of,
    read_approvals,
)

VARIANTS = [
    (language, variant)
    for language in LANGUAGES
    for template in TEMPLATES
    for variant in variants_of(template.value, language)
]
EVERYTHING = Approvals(
    {
        language: {
            variant.name: State.APPROVED for spoken, variant in VARIANTS if spoken == language
        }
        for language in LANGUAGES
    }
)


def named(entry: tuple[str, Variant]) -> str:
    return f"{entry[0]}-{entry[1].name}"


def test_names_of_texts_are_their_own() -> None:
    for language in LANGUAGES:
        names = [variant.name for spoken, variant in VARIANTS if spoken == language]
        assert len(names) == len(set(names))


def test_of_no_text_it_is_said_that_it_was_approved_before_it_was() -> None:
    states = read_approvals().states
    assert {language: set(of) for language, of in states.items()} == {
        language: set(of) for language, of in EVERYTHING.states.items()
    }
    assert {state for of in states.values() for state in of.values()} == {State.PENDING}


def test_a_template_goes_by_whatsapp_once_all_its_texts_are_approved() -> None:
    assert not read_approvals().may_go(Template.BOOTH_ASSIGNED, "fr")
    half = Approvals({"fr": {"booth_assigned": State.APPROVED}})
    assert not half.may_go(Template.BOOTH_ASSIGNED, "fr")
    for state in State:
        both = Approvals({"fr": {**half.states["fr"], "booth_assigned_swap": state}})
        assert both.may_go(Template.BOOTH_ASSIGNED, "fr") == (state is State.APPROVED)
        assert not both.may_go(Template.BOOTH_ASSIGNED, "ar")


def test_there_is_no_tamazight_on_whatsapp_and_nothing_of_templates_that_are_unknown() -> None:
    everywhere = Approvals({"zgh": {"booth_assigned": State.APPROVED}, **EVERYTHING.states})
    assert not everywhere.may_go(Template.BOOTH_ASSIGNED, "zgh")
    assert everywhere.filled(Template.BOOTH_ASSIGNED, SAMPLES, "zgh") is None
    assert not everywhere.may_go("never_heard_of", "fr")
    assert everywhere.filled("never_heard_of", SAMPLES, "fr") is None


def test_a_text_that_is_not_approved_is_not_filled() -> None:
    half = Approvals({"fr": {"booth_assigned": State.APPROVED}})
    assert half.filled(Template.BOOTH_ASSIGNED, SAMPLES, "fr") is not None
    swapped = {**SAMPLES, "method": "swap"}
    assert half.filled(Template.BOOTH_ASSIGNED, swapped, "fr") is None


def test_a_text_with_a_hole_is_not_filled() -> None:
    assert EVERYTHING.filled(Template.SEAT_RESERVED, {"fair": {"ar": "م", "fr": "S"}}, "fr") is None


@pytest.mark.parametrize("entry", VARIANTS, ids=named)
def test_a_filled_text_says_what_the_message_says(entry: tuple[str, Variant]) -> None:
    language, variant = entry
    arguments = {**SAMPLES, **variant.arguments}
    filled = EVERYTHING.filled(variant.template, arguments, language)
    assert filled is not None
    assert (filled.name, filled.language) == (variant.name, language)
    read = body_of(variant, language)
    for number, value in enumerate(filled.values, start=1):
        read = read.replace(f"{{{{{number}}}}}", value)
    said = render(variant.template, arguments, (language,), "whatsapp").text
    assert read == f"{greeting(language)} {said}"


@pytest.mark.parametrize("entry", VARIANTS, ids=named)
def test_a_text_neither_begins_nor_ends_with_a_place(entry: tuple[str, Variant]) -> None:
    """WhatsApp refuses both, and places that are not numbered from 1 on."""
    language, variant = entry
    body = body_of(variant, language)
    assert not body.startswith("{")
    assert not body.endswith("}")
    numbers = [int(each) for each in re.findall(r"\{\{(\d+)\}\}", body)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(body) <= 1024


@pytest.mark.parametrize(
    ("hours", "name"),
    [
        (1, "place_offered_one"),
        (2, "place_offered_two"),
        (3, "place_offered_few"),
        (10, "place_offered_few"),
        (11, "place_offered"),
        (48, "place_offered"),
        (102, "place_offered"),
    ],
)
def test_arabic_numbers_choose_their_text(hours: int, name: str) -> None:
    found = variant_for("place_offered", "ar", {**SAMPLES, "hours": hours})
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('[fr]\nbooth_assigned = "aproved"', "holds no states of texts: 'aproved' is not"),
        ("booth_assigned", "holds no states of texts"),
        ('fr = "approved"', "holds no states of texts"),
        (b"\xff", "holds no states of texts"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_is_wrong_is_told_in_one_line(
    tmp_path: Path, written: str | bytes | None, reason: str
) -> None:
    path = tmp_path / "whatsapp.toml"
    if written is not None:
        path.write_bytes(written if isinstance(written, bytes) else written.encode())
    with pytest.raises(ApprovalsError, match=re.escape(f"{path} {reason}")) as raised:
        read_approvals(path)
    assert "\n" not in str(raised.value)
