"""What organisations that may be one have in common."""

from __future__ import annotations

import pytest

from chassis.kernel.text import Text
from services.registration.duplicates.keys import keys_of

AMAL = Text("تعاونية الأمل", "Coopérative Al Amal")

SHARING: dict[str, tuple[tuple[Text, str, str | None], set[str]]] = {
    "the same name": ((AMAL, "azilal", None), {"name"}),
    "its Arabic spelling alone": ((Text("الامل", "Espoir"), "azilal", None), {"name"}),
    "its French spelling alone": ((Text("أمل", "COOP. AMAL"), "azilal", None), {"name"}),
    "the register number": ((Text("ا", "b"), "zagora", "1254-2019"), {"register_number"}),
    "its number in other digits": ((Text("ا", "b"), "zagora", "١٢٥٤ / ٢٠١٩"), {"register_number"}),
    "both": ((AMAL, "azilal", "1254/2019"), {"name", "register_number"}),
    "the name elsewhere": ((AMAL, "zagora", None), set()),
    "nothing": ((Text("ا", "b"), "azilal", "1255/2019"), set()),
}


@pytest.mark.parametrize(("other", "shared"), SHARING.values(), ids=SHARING.keys())
def test_two_organisations_share(other: tuple[Text, str, str | None], shared: set[str]) -> None:
    both = keys_of(AMAL, "azilal", "1254/2019") & keys_of(*other)
    assert {why for why, _ in both} == shared


def test_a_name_without_a_letter_is_no_key() -> None:
    assert keys_of(Text("-", "…"), "azilal", "/") == set()
