"""What a person means who writes back.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from services.notifications.messages.answers import answer_in, plain
from services.notifications.messages.domain import Answer

STOP = (
    *("stop", "stoppez", "arrêt", "arrêter", "arrêtez", "désabonner", "unsubscribe"),
    *("وقف", "إيقاف", "أوقف", "أوقفوا", "توقف", "توقفوا"),
)
"""One of these words, alone or with a few others, means it; a part of a word does not."""
MOST_WORDS = 3
"""Beside a stop word.  Whoever writes more may mean something else: a person reads it."""
CALL_ME = (
    *("appelez-moi", "rappelez-moi", "rappel", "appelez nous", "rappelez nous", "call me"),
    *("اتصلوا بي", "اتصل بي", "اتصلوا بنا", "اتصل بنا", "عيط ليا", "عيطو ليا"),
)


class Meaning(StrEnum):
    """What was understood."""

    ACCEPT = "accept"
    DECLINE = "decline"
    CALL_ME = "call_me"
    STOP = "stop"
    UNCLEAR = "unclear"


MEANT: Mapping[Answer, Meaning] = {Answer.ACCEPT: Meaning.ACCEPT, Answer.DECLINE: Meaning.DECLINE}
_STOP = frozenset(map(plain, STOP))
_CALL_ME = frozenset(map(plain, CALL_ME))


def meaning_of(text: str) -> Meaning:
    """The meaning of a text; unclear where nobody should guess."""
    said = plain(text)
    words = said.split()
    if len(words) <= MOST_WORDS and not _STOP.isdisjoint(words):
        return Meaning.STOP
    if said in _CALL_ME:
        return Meaning.CALL_ME
    answer = answer_in(text)
    return Meaning.UNCLEAR if answer is None else MEANT[answer]
