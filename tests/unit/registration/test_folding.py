"""Spellings that are the same, and those that are not."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from services.registration.organisations.folding import fold, fold_organisation

SAME = {
    "hamza above": ("أمل", "امل"),
    "hamza below": ("إنتاج", "انتاج"),
    "madda": ("آفاق", "افاق"),
    "wasla": ("ٱلأمل", "الامل"),
    "hamza on waw": ("مؤازرة", "موازرة"),
    "hamza on yeh": ("نسائية", "نساىية"),
    "hamza on the line": ("بناء", "بنا"),
    "alef maqsura": ("كبرى", "كبري"),
    "ta marbuta": ("تعاونية", "تعاونيه"),
    "tashkil": ("الأَمَلُ", "الأمل"),
    "shadda and dagger alef": ("اللّٰه", "الله"),
    "tatweel": ("الأمـــل", "الأمل"),
    "article": ("البزيوية", "بزيوية"),
    "article before a hamza": ("الألبان", "ألبان"),
    "no hamza after the article": ("الالبان", "ألبان"),
    "presentation forms": ("ﺍﻷﻣﻞ", "الأمل"),
    "gaf": ("أڭادير", "أكادير"),
    "Arabic digits": ("سوق ٢٠٢٥", "سوق 2025"),
    "Persian digits": ("۱۲۳", "123"),
    "full-width digits": ("１２３", "123"),
    "Latin diacritics": ("Coopérative Amédée", "cooperative amedee"),
    "decomposed diacritics": ("Ame\u0301lie", "Amélie"),
    "ligature": ("Œuvre", "oeuvre"),
    "sharp s": ("Straße", "STRASSE"),
    "case": ("AL AMAL", "Al Amal"),
    "Latin article": ("Al-Amal", "Amal"),
    "Latin article as spoken": ("El Amal", "al amal"),
    "apostrophes": ("L’huile d’argan", "l'huile d'argan"),
    "punctuation": ("Coop. « Amal » (Azilal)", "coop amal, azilal"),
    "spaces": ("  زيت\u00a0الزيتون\n", "زيت الزيتون"),
    "marks of direction": ("\u202bالأمل\u202c\u200f", "الأمل"),
    "a joiner": ("تعاو\u200dنية", "تعاونية"),
    "Tifinagh": ("ⵜⴰⵎⵓⵏⵜ", "ⵜⴰⵎⵓⵏⵜ "),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME.keys())
def test_two_spellings_fold_into_one(one: str, other: str) -> None:
    assert fold(one) == fold(other) != ""


DIFFERENT = {
    "words": ("الأمل", "العمل"),
    "digits": ("سوق 2025", "سوق 2026"),
    "word and words": ("عبد الله", "عبدالله"),
    "what begins like the article": ("الي", "لي"),
}


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_other_words_stay_other_words(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_an_article_alone_stays() -> None:
    assert fold("ال") == "ال"
    assert fold("Al-") == "al"


def test_nothing_folds_into_nothing() -> None:
    assert fold(" -,\u200f ") == fold_organisation("") == ""


NAMES = st.text() | st.text(alphabet="الأإآٱبةىءـًّ أل-'1٢éŒcoopdel", max_size=12)


@given(NAMES)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(NAMES)
def test_letters_and_digits_remain_with_one_space_between(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert all(char.isalnum() for char in folded.replace(" ", ""))


SAME_ORGANISATION = {
    "form in full and short": ("Coopérative Al Amal", "Coop. Amal"),
    "form in Arabic": ("تعاونية الأمل", "الامل"),
    "form after the name": ("Amal (coopérative)", "Amal"),
    "form of many words": ("Groupement d'Intérêt Économique Argane", "GIE Argane"),
    "form with points": ("G.I.E. Argane", "Argane"),
    "form of many words in Arabic": ("مجموعة النفع الاقتصادي أركان", "أركان"),
    "small words": ("Coopérative des femmes du Haut Atlas", "Femmes Haut-Atlas"),
}


@pytest.mark.parametrize(("one", "other"), SAME_ORGANISATION.values(), ids=SAME_ORGANISATION.keys())
def test_a_legal_form_tells_nothing_of_a_name(one: str, other: str) -> None:
    assert fold_organisation(one) == fold_organisation(other) != ""


def test_a_name_of_a_legal_form_alone_is_kept() -> None:
    assert fold_organisation("La Coopérative") == "la cooperative"


@given(NAMES)
def test_a_name_without_letters_alone_folds_into_nothing(text: str) -> None:
    assert (fold_organisation(text) == "") == (fold(text) == "")
