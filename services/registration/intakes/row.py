"""One row of a list as an organisation, its contact and its application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from services.registration.intakes import cells, words
from services.registration.intakes.cells import Unclear
from services.registration.organisations.folding import fold

T = TypeVar("T")

PEOPLE_A_BOOTH = 2
"""Who wears badges, where the list does not say it."""


NEEDS = ("electricity", "water", "step_free", "corner")


@dataclass(frozen=True)
class Fair:
    """What the fair has, by what it is called once folded."""

    poles: Mapping[str, str]
    programmes: Mapping[str, str]
    families: Mapping[str, tuple[str, Mapping[str, str]]]
    """Folded name -> (code, names)."""
    pole_id: str | None
    """The pole of rows that name none."""


@dataclass
class Row:
    """`given` is what the row says; `reasons` are of cells by column: (column, code)."""

    given: dict[str, dict[str, Any] | None]
    phone: str | None = None
    reasons: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])


class Reader:
    """Reads the cells of one line by field, and notes what it does not understand."""

    def __init__(self, line: list[str], columns: Mapping[str, tuple[int, ...]]) -> None:
        self._line = line
        self._columns = columns
        self.reasons: list[tuple[int, str]] = []

    def text(self, name: str) -> str:
        """The first cell of a field; blank where the list has no such column."""
        return next(iter(self.texts(name)), "")

    def texts(self, name: str) -> list[str]:
        return [
            self._line[at] if at < len(self._line) else "" for at in self._columns.get(name, ())
        ]

    def column(self, *names: str) -> int:
        """The column to point at: that of the first field which the list has."""
        return next((self._columns[name][0] for name in names if name in self._columns), 0)

    def unclear(self, name: str, code: str, *others: str) -> None:
        self.reasons.append((self.column(name, *others), code))

    def read(self, name: str, of: Callable[[str], T], default: T) -> T:
        """The value of a field; the default where it is blank, or unclear, which is noted."""
        text = self.text(name)
        if not text:
            return default
        try:
            return of(text)
        except Unclear as error:
            self.unclear(name, error.code)
            return default


def row_of(line: list[str], columns: Mapping[str, tuple[int, ...]], fair: Fair) -> Row:
    """What a line says."""
    reader = Reader(line, columns)
    name = _name(reader)
    organisation = {"name": name, **_place(reader), **_organisation(reader, name)}
    phone = reader.read("phone", cells.phone, None)
    contact = _contact(reader, name, phone)
    application = _application(reader, fair)
    given: dict[str, dict[str, Any] | None] = {
        "organisation": organisation,
        "contact": contact,
        "application": application,
    }
    return Row(given, phone, reader.reasons)


def _name(reader: Reader) -> dict[str, str] | None:
    """Arabic and French; a list with one of them has it for both."""
    found: dict[str, str] = {}
    for column in ("name_ar", "name_fr", "name"):
        for text in reader.texts(column):
            try:
                plain = cells.clean(text)
            except Unclear as error:
                reader.unclear(column, error.code)
                return None
            if plain:
                found.setdefault("ar" if cells.is_arabic(plain) else "fr", plain)
    if not found:
        reader.unclear("name", "name_missing", "name_ar", "name_fr")
        return None
    one = next(iter(found.values()))
    return {"ar": found.get("ar", one), "fr": found.get("fr", one)}


def _place(reader: Reader) -> dict[str, str]:
    text = reader.text("province")
    if not text:
        reader.unclear("province", "province_missing", "name", "name_ar", "name_fr")
        return {}
    found = words.place(text)
    if found is None:
        reader.unclear("province", "province_unknown")
        return {}
    return {"province": found.province, "region": found.region}


def _organisation(reader: Reader, name: Mapping[str, str] | None) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if (kind := _kind(reader, name)) is not None:
        made["kind"] = kind
    for each in ("women_led", "youth_led"):
        if reader.text(each):
            made[each] = reader.read(each, cells.flag, False)
    if number := reader.read("register_number", cells.digits, ""):
        made["register_number"] = number[:40]
    if (founded := reader.read("founded", cells.year, None)) is not None:
        made["founded"] = founded
    if commune := reader.text("commune"):
        if (slug := cells.slug(commune)) is None:
            reader.unclear("commune", "commune_unread")
        else:
            made["commune"] = slug
    return made


def _kind(reader: Reader, name: Mapping[str, str] | None) -> str | None:
    """As the list says, or else as the name begins."""
    told = reader.text("kind")
    spellings = [told] if told else [] if name is None else [name["ar"], name["fr"]]
    for text in spellings:
        if (kind := words.meaning("kinds", text)) is not None:
            return kind
    reader.unclear("kind", "kind_unknown", "name", "name_ar", "name_fr")
    return None


def _contact(
    reader: Reader, name: Mapping[str, str] | None, phone: str | None
) -> dict[str, Any] | None:
    """Whoever has a number; named as the organisation where the list names nobody."""
    who = reader.read("contact", cells.clean, "")
    if phone is None:
        if who and not reader.text("phone"):
            reader.unclear("contact", "contact_without_phone")
        return None
    if name is None:
        return None
    language = "ar"
    if written := reader.text("language"):
        told = words.meaning("languages", written)
        if told is None:
            reader.unclear("language", "language_unknown")
        language = told or language
    return {
        "name": who[:200] or name["ar"][:200],
        "phone": phone,
        "language": language,
        "role": words.meaning("roles", reader.text("role")) or "contact",
        "consent": reader.read("consent", cells.flag, False),
    }


def _application(reader: Reader, fair: Fair) -> dict[str, Any]:
    booths = reader.read("booths", cells.number, 1)
    people = reader.read("people", cells.number, PEOPLE_A_BOOTH * booths)
    needs = {each: True for each in NEEDS if reader.read(each, cells.flag, False)}
    made: dict[str, Any] = {
        "booths": booths,
        "people": people,
        "needs": needs,
        "products": _products(reader, fair),
        "programmes": _programmes(reader, fair),
    }
    pole = fair.pole_id
    if written := reader.text("pole"):
        pole = fair.poles.get(fold(written))
        if pole is None:
            reader.unclear("pole", "pole_unknown")
    elif pole is None:
        reader.unclear("pole", "pole_missing", "name", "name_ar", "name_fr")
    return made if pole is None else {**made, "pole_id": pole}


def _products(reader: Reader, fair: Fair) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for text in reader.read("products", cells.several, list[str]()):
        family = family_of(text, fair.families)
        if family is None:
            reader.unclear("products", "product_unknown")
            continue
        code, names = family
        written = "ar" if cells.is_arabic(text) else "fr"
        found.setdefault(fold(text), {"family": code, "name": {**names, written: text}})
    return [*found.values()][:100]


def family_of(
    text: str, families: Mapping[str, tuple[str, Mapping[str, str]]]
) -> tuple[str, Mapping[str, str]] | None:
    """The family of a product: the one that it is called after, by most words."""
    given = words.product_words(text)
    for length in range(len(given), 0, -1):
        for start in range(len(given) - length + 1):
            if (found := families.get(" ".join(given[start : start + length]))) is not None:
                return found
    return None


def _programmes(reader: Reader, fair: Fair) -> list[str]:
    found: list[str] = []
    for text in reader.read("programmes", cells.several, list[str]()):
        programme = fair.programmes.get(fold(text))
        if programme is None:
            reader.unclear("programmes", "programme_unknown")
        elif programme not in found:
            found.append(programme)
    return found
