"""An answer is a clear yes or no, in any of the languages; nothing else is one."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from services.notifications.messages.answers import NO, YES, answer_in
from services.notifications.messages.domain import Answer


@pytest.mark.parametrize(
    "text",
    [
        "نعم",
        "نَعَمْ!",
        "نعم، شكرا",
        "أوافق",
        "اوافق",
        "واخا",
        "Oui",
        "OUI, merci.",
        "D’accord",
        "yes please",
        "\u200fنعم\u200f",
        "Ｙｅｓ",
        "ⵢⴰⵀ",
        " ok \n",
    ],
)
def test_a_clear_yes(text: str) -> None:
    assert answer_in(text) is Answer.ACCEPT


@pytest.mark.parametrize(
    "text", ["لا", "لا شكرا", "كلا", "لا أوافق", "Non", "non merci", "NO!", "pas d'accord", "ⵓⵀⵓ"]
)
def test_a_clear_no(text: str) -> None:
    assert answer_in(text) is Answer.DECLINE


@pytest.mark.parametrize(
    "text",
    [
        *("", "...", "merci", "peut-être", "oui mais pas demain", "oui non", "لا مشكل", "2", "👍"),
        *("je ne viens pas", "who is this", "نعم ولكن", "nonante"),
    ],
)
def test_anything_else_is_no_answer(text: str) -> None:
    assert answer_in(text) is None


def test_no_word_means_both() -> None:
    assert all(answer_in(said) is Answer.ACCEPT for said in YES)
    assert all(answer_in(said) is Answer.DECLINE for said in NO)


@given(st.text(max_size=60))
def test_no_text_is_too_strange_to_be_looked_at(text: str) -> None:
    assert answer_in(text) in (None, Answer.ACCEPT, Answer.DECLINE)
