"""What people mean who write back, and the links by which they answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import uuid4

import hypothesis
import pytest
from hypothesis import strategies as st

from chassis.kernel.refused import Refused
from services.notifications.replies.domain import DECIDER, ContactOptedOut, OptOut
from services.notifications.replies.links import PURPOSE, message_in, token_of
from services.notifications.replies.meanings import Meaning, meaning_of
from tests.deciding import given

SECRET = "a secret of tests with 32 characters"


@pytest.mark.parametrize(
    "text",
    [
        *("STOP", "stop.", " Stop! ", "STOP svp", "Stop messages", "« STOP »", "stop 🙏"),
        *("arrêt", "ARRET", "Arrêtez !", "arre\u0302t"),
        *("وقف", "إيقاف", "ايقاف", "إِيقَافٌ", "إيقـــاف", "وقف الرسائل", "شكرا، وقف"),
    ],
)
def test_a_stop_word_stops(text: str) -> None:
    assert meaning_of(text) is Meaning.STOP


@pytest.mark.parametrize(
    "text",
    [
        *("stopover", "Nonstop", "arrêté", "arrêtoir", "l'arrêt", "توقيف", "وقفة", "الوقف"),
        "Est-ce que le bus a un arrêt devant le salon ?",
        "on verra",
        "",
        "🙏",
    ],
)
def test_a_part_of_a_word_or_a_whole_sentence_does_not(text: str) -> None:
    assert meaning_of(text) is Meaning.UNCLEAR


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Oui, merci", Meaning.ACCEPT),
        ("نعم", Meaning.ACCEPT),
        ("لا", Meaning.DECLINE),
        ("non", Meaning.DECLINE),
        ("Appelez-moi svp", Meaning.CALL_ME),
        ("اتصلوا بي", Meaning.CALL_ME),
        ("ok mais", Meaning.UNCLEAR),
    ],
)
def test_other_answers_are_understood(text: str, meaning: Meaning) -> None:
    assert meaning_of(text) is meaning


def test_opting_out_is_a_fact_each_time_that_it_is_said() -> None:
    said = ContactOptedOut("c1", "whatsapp")
    given(DECIDER).when(OptOut("c1", "whatsapp")).then(said)
    given(DECIDER, said).when(OptOut("c1", "link")).then(ContactOptedOut("c1", "link"))


# Links


def refused(token: str, now: float = 1000.0) -> str:
    with pytest.raises(Refused) as error:
        message_in(SECRET, token, now)
    return error.value.code


def test_a_link_leads_to_its_message_until_it_has_expired() -> None:
    message = str(uuid4())
    token = token_of(SECRET, message, 2000)
    assert message_in(SECRET, token, 1999.9) == message
    assert refused(token, 2000) == "link_expired"
    assert message not in token


@hypothesis.given(at=st.integers(0, 47), letter=st.sampled_from("ABCXYZabcxyz0189-_"))
def test_a_link_that_was_changed_is_no_link(at: int, letter: str) -> None:
    token = token_of(SECRET, str(uuid4()), 2000)
    changed = token[:at] + letter + token[at + 1 :]
    if changed != token:
        assert refused(changed) == "link_invalid"


@hypothesis.given(st.text(max_size=100))
def test_what_is_no_link_is_refused(token: str) -> None:
    assert refused(token) == "link_invalid"


def test_a_link_of_another_secret_or_purpose_is_no_link() -> None:
    message = uuid4()
    assert refused(token_of("another secret", str(message), 2000)) == "link_invalid"
    signed = message.bytes + (2000).to_bytes(4)
    for purpose, valid in ((b"codes\n", False), (PURPOSE, True)):
        made = hmac.new(SECRET.encode(), purpose + signed, hashlib.sha256).digest()[:16]
        token = base64.urlsafe_b64encode(signed + made).decode().rstrip("=")
        if valid:
            assert message_in(SECRET, token, 0) == str(message)
        else:
            assert refused(token) == "link_invalid"
