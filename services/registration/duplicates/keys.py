"""What two organisations have in common that may be one: their keys."""

from __future__ import annotations

from chassis.kernel.text import Text
from services.registration.organisations.folding import fold, fold_organisation

FOLDING = 1
"""The version of what stands in this module, and of the folding: a higher one has the keys of all
organisations made again."""

Key = tuple[str, str]
"""What it is a key of (`register_number` or `name`), and what has to be the same."""


def keys_of(name: Text, province: str, register_number: str | None) -> set[Key]:
    """The keys of an organisation: its register number, and its name in each language with its
    province.  A name without a letter is no key, and neither is such a number."""
    number = fold(register_number or "").replace(" ", "")
    names = {fold_organisation(spelling) for spelling in (name.ar, name.fr)} - {""}
    return {
        *(("register_number", each) for each in (number,) if each),
        *(("name", f"{province} {each}") for each in names),
    }
