"""What people read: complete in every language, right in both directions, and cheap as SMS."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
import smsutil
from fluent.syntax import ast, parse
from hypothesis import given, strategies as st

from services.notifications.messages.completeness import (
    messages_in as resource,
    variables_of as variables,
)
from services.notifications.messages.tellings import Template
from services.notifications.messages.texts import (
    FOLDER,
    GREETING,
    Argument,
    TextMissing,
    for_sms,
    render,
    segments,
)

LANGUAGES = ("ar", "fr", "zgh", "en")
RABAT = ZoneInfo("Africa/Casablanca")
ARGUMENTS: dict[str, Argument] = {
    "fair": {"ar": "المعرض الجهوي بورزازات", "fr": "Salon de Ouarzazate"},
    "pole": {"ar": "قطب المنتوجات", "fr": "Produits"},
    "session": {"ar": "التسويق الرقمي", "fr": "Marketing"},
    "hall": {"ar": "قاعة التكوين", "fr": "Grande salle"},
    "starts_at": datetime(2025, 9, 18, 13, 30, tzinfo=UTC).astimezone(RABAT),
    "first_day": date(2025, 9, 24),
    "last_day": date(2025, 9, 29),
    "opens_at": time(9, 30),
    "closes_at": time(21),
    "venue": {"ar": "ساحة الموحدين", "fr": "Place Al Mouahidine"},
    "city": {"ar": "ورزازات", "fr": "Ouarzazate"},
    "one_day": "false",
    "booth": "P-012",
    "booths": 2,
    "hours": 48,
    "minutes": 30,
    "rank": "3",
    "reason": "pole_full",
    "method": "first_fit",
    "waited": "false",
    "from_waitlist": "false",
    "accepted": "false",
    "named": "true",
    "text": {"ar": "نلقاكم صباحا", "fr": "Rendez-vous le matin", "en": "See you in the morning"},
    "code": "012345",
}
VARIANTS = [
    {},
    {
        "method": "swap",
        "waited": "true",
        "from_waitlist": "true",
        "accepted": "true",
        "one_day": "true",
        "named": "false",
        "booths": 1,
        "hours": 1,
        "minutes": 1,
        "reason": "never_heard_of",
    },
]


def test_every_line_of_the_files_can_be_read() -> None:
    for language in LANGUAGES:
        body = parse((FOLDER / f"{language}.ftl").read_text("utf-8")).body
        assert not [entry for entry in body if isinstance(entry, ast.Junk)]


def test_every_text_names_the_fair() -> None:
    for language in LANGUAGES:
        for name, message in resource(language).items():
            if not name.startswith("reason_") and name != GREETING:
                assert "fair" in variables(message), (language, name)


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_every_template_exists_in_arabic_french_and_english(language: str) -> None:
    assert {template.value for template in Template} <= resource(language).keys()


def test_no_file_has_a_text_that_nothing_asks_for() -> None:
    known = {template.value for template in Template} | {GREETING}
    for language in LANGUAGES:
        assert {n for n in resource(language) if not n.startswith("reason_")} <= known


def test_the_languages_fill_in_the_same_things() -> None:
    french = resource("fr")
    for language in ("ar", "en", "zgh"):
        for name, message in resource(language).items():
            expected = variables(french[name])
            assert variables(message) <= expected, (language, name)
            if language != "zgh":
                assert variables(message) == expected, (language, name)


def test_every_reason_has_a_text_in_arabic_french_and_english_and_there_is_a_general_one() -> None:
    reasons = [
        {name for name in resource(language) if name.startswith("reason_")}
        for language in ("ar", "fr", "en")
    ]
    assert reasons[0] == reasons[1] == reasons[2]
    assert "reason_other" in reasons[0]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", Template)
def test_every_text_is_whole_in_its_language(
    template: Template, language: str, channel: str, variant: dict[str, Argument]
) -> None:
    written = render(template, {**ARGUMENTS, **variant}, [language, "ar"], channel)
    # Tamazight has only those texts that we are sure of.
    falls_back = template.value not in resource(language)
    assert language == "zgh" or not falls_back
    assert written.language == ("ar" if falls_back else language)
    assert "{" not in written.text
    assert "$" not in written.text
    # A code that was asked for at no fair names us.
    of_nobody = template is Template.CODE and variant.get("named") == "false"
    names = ("معرض", "Maarid") if of_nobody else ("بورزازات", "Ouarzazate")
    assert any(name in written.text for name in names)
    assert not {"\u2068", "\u2069", "None", "first_fit"} & set(written.text.split())
    assert written.direction == ("rtl" if written.language == "ar" else "ltr")
    assert first_strong(written.text) == written.direction
    assert written.segments == (segments(written.text) if channel == "sms" else 1)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("template", Template)
def test_our_own_french_and_english_words_fit_in_gsm_7(
    template: Template, variant: dict[str, Argument]
) -> None:
    plain = {**ARGUMENTS, **variant}
    for language in ("fr", "en"):
        assert smsutil.is_valid_gsm(render(template, plain, [language], "sms").text), language


def test_a_missing_text_is_written_in_the_second_language() -> None:
    rejected = Template.APPLICATION_REJECTED
    assert render(rejected, ARGUMENTS, ["zgh", "fr"], "sms").language == "fr"
    assert render(rejected, ARGUMENTS, ["zgh", "ar"], "sms").language == "ar"
    assert render(rejected, ARGUMENTS, ["zgh", "zgh"], "sms").language == "ar"


def test_a_language_that_we_do_not_write_is_passed_over() -> None:
    assert render(Template.BOOTH_ASSIGNED, ARGUMENTS, ["es", "en"], "sms").language == "en"
    assert render(Template.BOOTH_ASSIGNED, ARGUMENTS, ["es", "pt"], "sms").language == "ar"


def test_a_name_without_tamazight_is_given_in_the_second_language() -> None:
    french = render(Template.SEAT_RESERVED, ARGUMENTS, ["zgh", "fr"], "sms")
    arabic = render(Template.SEAT_RESERVED, ARGUMENTS, ["zgh", "ar"], "sms")
    assert "Grande salle" in french.text
    assert "قاعة التكوين" in arabic.text
    named: dict[str, Argument] = {**ARGUMENTS, "hall": {"ar": "ا", "fr": "f", "zgh": "ⴰⵎⵓⵏ"}}
    assert "ⴰⵎⵓⵏ" in render(Template.SEAT_RESERVED, named, ["zgh", "ar"], "sms").text


def test_a_time_is_written_as_the_country_writes_it() -> None:
    def reminder(language: str) -> str:
        return render(Template.SESSION_TOMORROW, ARGUMENTS, [language], "sms").text

    assert "الخميس 18 شتنبر على الساعة 14:30" in reminder("ar")
    assert "jeudi 18 septembre à 14h30" in reminder("fr")
    assert "ⴰⴽⵡⴰⵙ 18 ⵛⵓⵜⴰⵏⴱⵉⵔ, 14:30" in reminder("zgh")
    assert "Thursday 18 September at 14:30" in reminder("en")


def test_the_same_moment_is_an_hour_earlier_by_the_clocks_of_ramadan() -> None:
    moment = datetime(2025, 3, 10, 13, 30, tzinfo=UTC).astimezone(RABAT)
    written = render(Template.SESSION_TOMORROW, {**ARGUMENTS, "starts_at": moment}, ["fr"], "sms")
    assert "13h30" in written.text


def test_a_reason_without_a_text_of_its_own_gets_the_general_one() -> None:
    def rejected(reason: str) -> str:
        arguments = {**ARGUMENTS, "reason": reason}
        return render(Template.APPLICATION_REJECTED, arguments, ["fr"], "sms").text

    assert "décision du comité d'organisation" in rejected("made_up_today")
    assert "dossier incomplet" in rejected("dossier_incomplete")


def test_a_text_with_a_hole_is_not_written_at_all() -> None:
    with pytest.raises(TextMissing):
        render(Template.BOOTH_ASSIGNED, {"booth": "P-012"}, ["ar", "fr"], "sms")
    with pytest.raises(TextMissing):
        render("no_such_template", ARGUMENTS, ["ar", "fr"], "sms")


def test_typography_is_folded_only_where_that_makes_an_sms_cheaper() -> None:
    assert for_sms("L’atelier « Miel » : 14\u202fh 30 – salle\u00a0A…") == (
        'L\'atelier "Miel" : 14 h 30 - salle A...'
    )
    assert for_sms("L’atelier « Forêt »") == "L’atelier « Forêt »"
    assert for_sms("«التسويق»") == "«التسويق»"


def test_accents_are_never_stripped() -> None:
    names: dict[str, Argument] = {**ARGUMENTS, "fair": {"ar": "م", "fr": "Fête de Drâa"}}
    written = render(Template.BOOTH_ASSIGNED, names, ["fr"], "sms")
    assert "Fête de Drâa" in written.text
    assert segments("a" * 160) == 1
    assert segments("é" * 160) == 1
    assert segments("ê" * 70) == 1
    assert segments("ê" * 71) == 2


@given(st.text(min_size=1, max_size=500))
def test_whatever_the_text_it_takes_at_least_one_segment(text: str) -> None:
    assert segments(for_sms(text)) >= 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", Template)
def test_numbers_and_signs_are_drawn_in_their_order(template: Template, language: str) -> None:
    """Drawn from left to right, a booth or a time must not fall apart or change sides."""
    arguments = {**ARGUMENTS, "booth": "P-012"}
    written = render(template, arguments, [language, "ar"], "sms")
    seen = drawn(written.text, written.direction)
    for whole in ("P-012", "14:30", "14h30"):
        assert (whole in written.text) == (whole in seen), seen


def test_brackets_close_around_an_arabic_name_even_on_a_phone_that_does_not_pair_them() -> None:
    """The mark after an Arabic name in a Tamazight text is what this asks for."""
    written = render(Template.BOOTH_ASSIGNED, ARGUMENTS, ["zgh", "ar"], "sms")
    seen = drawn(written.text, "ltr").replace("\N{LEFT-TO-RIGHT MARK}", "")
    assert seen.endswith(f" ({'المنتوجات'[::-1]}).")
    without = written.text.replace("\N{LEFT-TO-RIGHT MARK}", "")
    assert not drawn(without, "ltr").endswith(f" ({'المنتوجات'[::-1]}).")


def test_a_time_after_an_arabic_name_stays_on_the_right_side_of_it() -> None:
    names: dict[str, Argument] = {**ARGUMENTS, "session": {"ar": "التسويق", "fr": "Marketing"}}
    written = render(Template.SEAT_RESERVED, names, ["zgh", "ar"], "sms")
    seen = drawn(written.text, "ltr")
    assert seen.index("18") < seen.index("14:30") < seen.rindex("ⵜⴰⵏⵎⵎⵉⵔⵜ")
    name = "التسويق\N{LEFT-TO-RIGHT MARK}"
    assert drawn(f"ⴰ {name} 14:30", "ltr").endswith("14:30")
    assert not drawn("ⴰ التسويق 14:30", "ltr").endswith("14:30")


# The bidirectional algorithm (UAX 9) for a paragraph without explicit embeddings, rules W2 to L2,
# as far as letters, numbers and punctuation need it.  Independent of the code under test.


def first_strong(text: str) -> str:
    classes = (unicodedata.bidirectional(character) for character in text)
    return "ltr" if next(c for c in classes if c in ("L", "R", "AL")) == "L" else "rtl"


def drawn(text: str, direction: str) -> str:
    """The characters in the order in which they stand on the line, from left to right."""
    start = "L" if direction == "ltr" else "R"
    kinds = weak([unicodedata.bidirectional(character) for character in text], start)
    levels = [level(kind, 0 if start == "L" else 1) for kind in neutral(kinds, start)]
    line = list(zip(levels, text, strict=True))
    for height in range(max(levels), 0, -1):
        line = turned(line, height)
    return "".join(character for _, character in line)


def weak(kinds: list[str], start: str) -> list[str]:
    strong = start
    for i, kind in enumerate(kinds):  # W2
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[i] = "AN"
    kinds = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    for i in range(1, len(kinds) - 1):  # W4
        around = kinds[i - 1] if kinds[i - 1] == kinds[i + 1] else ""
        if (kinds[i] == "CS" and around in ("EN", "AN")) or (kinds[i] == "ES" and around == "EN"):
            kinds[i] = around
    kinds = ["ON" if kind in ("ES", "ET", "CS") else kind for kind in kinds]  # W6
    strong = start
    for i, kind in enumerate(kinds):  # W7
        if kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[i] = "L"
    return kinds


def neutral(kinds: list[str], start: str) -> list[str]:
    def side(kind: str) -> str:
        return "R" if kind in ("R", "EN", "AN") else kind

    i = 0
    while i < len(kinds):  # N1 and N2
        end = i
        while end < len(kinds) and kinds[end] not in ("L", "R", "EN", "AN"):
            end += 1
        before = side(kinds[i - 1]) if i else start
        after = side(kinds[end]) if end < len(kinds) else start
        kinds[i:end] = [before if before == after else start] * (end - i)
        i = end + 1
    return kinds


def level(kind: str, paragraph: int) -> int:
    if paragraph == 0:
        return {"L": 0, "R": 1}.get(kind, 2)
    return 1 if kind == "R" else 2


def turned(line: list[tuple[int, str]], height: int) -> list[tuple[int, str]]:
    """L2: every run at this level or above is reversed."""
    result: list[tuple[int, str]] = []
    run: list[tuple[int, str]] = []
    for item in line:
        if item[0] >= height:
            run.append(item)
        else:
            result += [*reversed(run), item]
            run = []
    return result + run[::-1]
