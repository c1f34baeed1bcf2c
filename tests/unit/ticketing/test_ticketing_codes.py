"""The code of a ticket: what the vectors say, there and back, and nothing that was changed."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import hypothesis
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import strategies as st
from maarid_contracts.generate import ROOT

from services.ticketing.tickets.code import (
    BASE45,
    CODE_LETTERS,
    FIRST_DAY,
    LAST_DAY,
    LETTERS,
    SHORT_NUMBERS,
    Payload,
    Verdict,
    base45,
    bytes_of,
    fair_hash,
    letters_of,
    read,
    short_code,
    short_number,
    signed,
    typed,
    unpacked,
    verdict,
)
from services.ticketing.tickets.domain import LARGEST_PARTY, MOST_ISSUES, TicketKind
from services.ticketing.tickets.keys import TicketKeys, keys_in

VECTORS: dict[str, Any] = json.loads((ROOT / "tickets" / "vectors.json").read_text("utf-8"))
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
TRUSTED = {7: KEY.public_key(), 8: OTHER.public_key()}
FAIR, DAY = "ouarzazate-2025", date(2025, 9, 18)
TICKET = Payload(
    7,
    fair_hash(FAIR),
    "f732834d-e28f-5b78-8b96-ae14b03a8136",
    TicketKind.PUPILS,
    DAY,
    DAY,
    issue=1,
    party=28,
)
CODE = signed(TICKET, KEY)
PAYLOADS = st.builds(
    Payload,
    key_id=st.just(7),
    fair_hash=st.text(min_size=1).map(fair_hash),
    ticket_id=st.uuids().map(str),
    kind=st.sampled_from(TicketKind),
    first_day=st.dates(FIRST_DAY, DAY),
    last_day=st.dates(DAY, LAST_DAY),
    issue=st.integers(1, MOST_ISSUES),
    party=st.integers(1, LARGEST_PARTY),
)


def keys_of_vectors() -> TicketKeys:
    return keys_in(json.dumps({"keys": VECTORS["keys"]}))


def secret_of_vectors(id_: int) -> Ed25519PrivateKey:
    """A key whatever its state is."""
    written = [{**key, "state": "active"} for key in VECTORS["keys"] if key["id"] == id_]
    _, secret = keys_in(json.dumps({"keys": written})).signer
    return secret


def ticket_of(vector: Mapping[str, Any]) -> Payload:
    said: dict[str, Any] = vector["ticket"]
    return Payload(
        said["key_id"],
        bytes.fromhex(said["fair_hash"]),
        said["ticket_id"],
        TicketKind(said["kind"]),
        date.fromisoformat(said["first_day"]),
        date.fromisoformat(said["last_day"]),
        said["issue"],
        said["party"],
    )


@pytest.mark.parametrize("vector", VECTORS["codes"], ids=lambda vector: vector["name"])
def test_a_code_gets_the_verdict_of_the_vectors(vector: dict[str, Any]) -> None:
    shown = vector.get("shown", {})
    day = date.fromisoformat(shown["day"]) if "day" in shown else None
    trusted = keys_of_vectors().trusted
    told = verdict(vector["code"], trusted, shown.get("fair_id"), day, shown.get("issue"))
    assert told == vector["verdict"]


@pytest.mark.parametrize(
    "vector",
    [each for each in VECTORS["codes"] if "ticket" in each],
    ids=lambda vector: vector["name"],
)
def test_a_ticket_gets_the_code_of_the_vectors(vector: dict[str, Any]) -> None:
    ticket = ticket_of(vector)
    assert ticket.packed().hex() == vector["payload"]
    trusted = keys_of_vectors().trusted
    assert read(vector["code"], trusted) == ticket
    # Ed25519 signs the same in the same way always.
    assert signed(ticket, secret_of_vectors(ticket.key_id)) == vector["code"]


def test_the_vectors_have_every_verdict() -> None:
    assert {vector["verdict"] for vector in VECTORS["codes"]} == set(Verdict)


@hypothesis.given(PAYLOADS)
def test_what_was_signed_is_read_back(payload: Payload) -> None:
    assert len(payload.packed()) == 29
    assert read(signed(payload, KEY), TRUSTED) == payload


def test_a_code_is_one_of_an_alphanumeric_qr_code_of_version_6_m() -> None:
    """ISO/IEC 18004 gives 154 letters to version 6 with error correction M, and 122 to 5-M."""
    assert re.fullmatch(r"[0-9A-Z $%*+\-./:]+", CODE)
    assert 122 < len(CODE) == CODE_LETTERS <= 154


@hypothesis.given(st.text() | st.text(BASE45, min_size=CODE_LETTERS, max_size=CODE_LETTERS))
def test_whatever_is_shown_gets_a_verdict(text: str) -> None:
    assert isinstance(read(text, TRUSTED), Verdict)


@hypothesis.given(PAYLOADS, st.integers(2, 28), st.integers(0, 255))
def test_what_29_bytes_say_makes_the_same_bytes(payload: Payload, at: int, byte: int) -> None:
    packed = bytearray(payload.packed())
    packed[at] = byte
    said = unpacked(bytes(packed))
    assert said is None or said.packed() == packed


@hypothesis.given(st.binary())
def test_base45_comes_back(data: bytes) -> None:
    assert bytes_of(base45(data)) == data


@hypothesis.given(st.text(BASE45))
def test_bytes_have_one_text_in_base45(text: str) -> None:
    data = bytes_of(text)
    assert data is None or base45(data) == text


@pytest.mark.parametrize(
    ("data", "text"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581")]
)
def test_base45_is_that_of_rfc_9285(data: bytes, text: str) -> None:
    assert (base45(data), bytes_of(text)) == (text, data)


@pytest.mark.parametrize("text", ["GGW", "::", "A", "AAAA", "bb8", "BB!"])
def test_what_is_no_base45_is_no_bytes(text: str) -> None:
    assert bytes_of(text) is None


def test_the_days_of_a_code_end_in_2199() -> None:
    first = replace(TICKET, first_day=FIRST_DAY, last_day=LAST_DAY)
    assert (LAST_DAY, read(signed(first, KEY), TRUSTED)) == (date(2199, 6, 6), first)


@pytest.mark.parametrize("short", VECTORS["short_codes"], ids=lambda short: short["letters"])
def test_a_ticket_has_the_letters_of_the_vectors(short: dict[str, Any]) -> None:
    ticket, issue = short["ticket_id"], short["issue"]
    assert short_code(ticket, issue) == short["letters"]
    assert short_number(ticket, issue) == short["number"] == typed(short["letters"])


@hypothesis.given(st.integers(0, SHORT_NUMBERS - 1))
def test_letters_stand_for_one_number(number: int) -> None:
    assert typed(letters_of(number)) == number


def test_letters_are_typed_as_people_type_them() -> None:
    wanted = typed("QTHZKABM")
    assert wanted is not None
    assert {typed(text) for text in ("qthz kabm", "QTHZ-KABM", " QT-HZ-ka-bm ")} == {wanted}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "QTHZKAB",
        "QTHZKABMM",
        "QTHZKABI",
        "QTHZKABO",
        "QTHZKAB1",
        "ﬀﬀﬀﬀ",
        "ﬀﬀﬀﬀﬀﬀﬀﬀ",
        "تتتتتتتت",
    ],
)
def test_other_letters_stand_for_nothing(text: str) -> None:
    assert typed(text) is None


def test_each_issue_has_letters_of_its_own() -> None:
    codes = Counter(short_code(TICKET.ticket_id, issue) for issue in range(1, MOST_ISSUES + 1))
    assert max(codes.values()) == 1
    assert all(set(code) <= set(LETTERS) for code in codes)


# Nothing that was changed is accepted


def test_one_bit_of_a_code_makes_it_void() -> None:
    code = bytes_of(CODE)
    assert code is not None
    for bit in range(8 * len(code)):
        changed = bytearray(code)
        changed[bit // 8] ^= 1 << bit % 8
        assert isinstance(read(base45(bytes(changed)), TRUSTED), Verdict), f"bit {bit}"


def test_one_other_letter_makes_it_void() -> None:
    for at, letter in enumerate(CODE):
        for other in (BASE45[(BASE45.index(letter) + 1) % 45], letter.lower(), "é"):
            changed = CODE[:at] + other + CODE[at + 1 :]
            assert changed == CODE or isinstance(read(changed, TRUSTED), Verdict), f"letter {at}"


@pytest.mark.unhurried
@pytest.mark.timeout(600)
def test_of_100_000_changed_codes_none_is_accepted() -> None:
    """Flipped bits, other bytes and letters, letters lost, doubled and exchanged, and parts of one
    ticket in another; what comes out as it was is not counted."""
    by_chance = random.Random(20250918)
    codes = [
        signed(replace(TICKET, ticket_id=str(UUID(int=by_chance.getrandbits(128)))), KEY)
        for _ in range(50)
    ]
    genuine = set(codes)
    told: Counter[Verdict] = Counter()
    while told.total() < 100_000:
        changed = _changed(by_chance, codes)
        if changed in genuine:
            continue
        found = read(changed, TRUSTED)
        assert isinstance(found, Verdict), changed
        told[found] += 1
    assert told.keys() == {Verdict.UNREADABLE, Verdict.UNKNOWN_KEY, Verdict.BAD_SIGNATURE}
    # Most get as far as the signature, or this would have tried nothing.
    assert told[Verdict.BAD_SIGNATURE] > 50_000


def _changed(by_chance: random.Random, codes: list[str]) -> str:
    code, other = by_chance.sample(codes, 2)
    at = by_chance.randrange(CODE_LETTERS)
    match by_chance.randrange(8):
        case 0:
            return code[:at] + by_chance.choice(BASE45) + code[at + 1 :]
        case 1:
            return code[:at] + code[at + 1 :]
        case 2:
            return code[:at] + code[at] + code[at:]
        case 3:
            to = by_chance.randrange(CODE_LETTERS)
            letters = list(code)
            letters[at], letters[to] = letters[to], letters[at]
            return "".join(letters)
        case 4:
            return code[:at] + other[at:]
        case what:
            packed = bytes_of(code)
            assert packed is not None
            data = bytearray(packed)
            for _ in range(by_chance.randint(1, 4)):
                byte = by_chance.randrange(len(data))
                data[byte] = (
                    data[byte] ^ 1 << by_chance.randrange(8)
                    if what < 7
                    else by_chance.randrange(256)
                )
            return base45(bytes(data))


def test_a_verifier_that_believes_everything_would_be_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    believing: dict[int, Ed25519PublicKey] = dict.fromkeys(range(256), _Believing())  # type: ignore[arg-type]
    monkeypatch.setattr("tests.unit.ticketing.test_ticketing_codes.TRUSTED", believing)
    with pytest.raises(AssertionError):
        test_one_bit_of_a_code_makes_it_void()


class _Believing:
    def verify(self, signature: bytes, data: bytes) -> None:
        """Whatever it is."""
