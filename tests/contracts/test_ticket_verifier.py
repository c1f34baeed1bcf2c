"""The verifier in JavaScript, which shares no code with the service, on what the service makes."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from maarid_contracts.generate import ROOT
from maarid_contracts.typescript import run_node

from services.ticketing.tickets.code import (
    BASE45,
    Payload,
    Verdict,
    fair_hash,
    read,
    short_code,
    signed,
    verdict,
)
from services.ticketing.tickets.domain import LARGEST_PARTY, MOST_ISSUES, TicketKind
from services.ticketing.tickets.http import keys_out
from services.ticketing.tickets.keys import TicketKeys, first_keys

TICKETS = ROOT / "tickets"
VERIFIER = str(TICKETS / "verify.mjs")
FAIR, DAY = "ouarzazate-2025", date(2025, 9, 18)
ASKING = str(Path(__file__).parent / "ask_verifier.mjs")


def asked(
    answer: Any, codes: list[tuple[str, dict[str, Any]]], shorts: list[tuple[str, int]]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The verdicts of the verifier on codes, each as it is shown, and the letters of tickets."""
    given = {
        "answer": answer,
        "codes": [{"code": code, "shown": shown} for code, shown in codes],
        "shorts": shorts,
    }
    printed = json.loads(run_node(TICKETS, ASKING, VERIFIER, given=json.dumps(given)))
    return printed["verdicts"], printed["letters"]


def public(keys: TicketKeys) -> Any:
    """As the service answers."""
    return keys_out(keys).model_dump(mode="json")


def test_it_gives_the_verdicts_and_letters_of_the_vectors() -> None:
    vectors = json.loads((TICKETS / "vectors.json").read_text("utf-8"))
    codes: list[tuple[str, dict[str, Any]]] = []
    for vector in vectors["codes"]:
        shown = vector.get("shown", {})
        codes.append((vector["code"], {**shown, "fairId": shown.get("fair_id")}))
    shorts = [(short["ticket_id"], short["issue"]) for short in vectors["short_codes"]]
    found, letters = asked({"keys": vectors["keys"]}, codes, shorts)
    names = [vector["name"] for vector in vectors["codes"]]
    told = dict(zip(names, (each["verdict"] for each in found), strict=True))
    assert told == {vector["name"]: vector["verdict"] for vector in vectors["codes"]}
    assert letters == [short["letters"] for short in vectors["short_codes"]]
    for vector, each in zip(vectors["codes"], found, strict=True):
        if "ticket" in vector:
            said = {
                "keyId": vector["ticket"]["key_id"],
                "fairHash": vector["ticket"]["fair_hash"],
                "ticketId": vector["ticket"]["ticket_id"],
                "firstDay": vector["ticket"]["first_day"],
                "lastDay": vector["ticket"]["last_day"],
                "kind": vector["ticket"]["kind"],
                "issue": vector["ticket"]["issue"],
                "party": vector["ticket"]["party"],
            }
            assert each["ticket"] == said


@pytest.mark.unhurried
def test_both_verifiers_say_the_same_of_what_the_service_makes_and_of_what_is_changed() -> None:
    by_chance = random.Random(93)
    keys = first_keys().with_new().with_retired(1).with_new()
    id_, key = keys.signer
    codes: list[tuple[str, dict[str, Any]]] = []
    expected: list[Verdict] = []
    shorts: list[tuple[str, int]] = []
    for _ in range(1500):
        first = DAY + timedelta(by_chance.randint(-5, 5))
        ticket = Payload(
            id_,
            fair_hash(by_chance.choice([FAIR, "agadir-2025"])),
            str(UUID(int=by_chance.getrandbits(128))),
            by_chance.choice(list(TicketKind)),
            first,
            first + timedelta(by_chance.randint(0, 5)),
            by_chance.randint(1, MOST_ISSUES),
            by_chance.randint(1, LARGEST_PARTY),
        )
        code = signed(ticket, key)
        if by_chance.random() < 0.3:
            at = by_chance.randrange(len(code))
            code = code[:at] + by_chance.choice(BASE45) + code[at + 1 :]
        codes.append((code, {"fairId": FAIR, "day": DAY.isoformat(), "issue": 2}))
        expected.append(verdict(code, keys.trusted, FAIR, DAY, 2))
        shorts.append((ticket.ticket_id, ticket.issue))
    found, letters = asked(public(keys), codes, shorts)
    assert [each["verdict"] for each in found] == expected
    assert set(expected) >= {"valid", "bad_signature", "wrong_fair", "wrong_day", "reissued"}
    assert letters == [short_code(*short) for short in shorts]


@pytest.mark.parametrize("shown", [None, 7, {}, ["a"], True])
def test_what_is_no_text_is_unreadable_to_it(shown: Any) -> None:
    assert asked(public(first_keys()), [(shown, {})], []) == ([{"verdict": "unreadable"}], [])


def test_as_a_program_it_answers_a_line_for_each_line(tmp_path: Path) -> None:
    keys = first_keys().with_new()
    id_, key = keys.signer
    ticket = Payload(id_, fair_hash(FAIR), str(UUID(int=9)), TicketKind.GUEST, DAY, DAY, 1, 2)
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(public(keys)))
    code = signed(ticket, key)
    assert isinstance(read(code, keys.trusted), Payload)
    options = (VERIFIER, str(file), "--fair", FAIR, "--day", DAY.isoformat(), "--issue", "1")
    printed = run_node(TICKETS, *options, given=f"{code}\r\nno ticket\n")
    assert [json.loads(line)["verdict"] for line in printed.splitlines()] == ["valid", "unreadable"]
    measured = json.loads(run_node(TICKETS, *options, "--bench", "0.1", given=f"{code}\n"))
    assert measured["verdicts"] == {"valid": measured["verified"]}
    assert measured["verified"] > 0


def test_it_stands_alone() -> None:
    """It imports nothing but what Node.js has, and only as a program."""
    text = (TICKETS / "verify.mjs").read_text("utf-8")
    assert "\nimport " not in text
    assert {line.partition("import(")[2].rstrip('");') for line in text.splitlines()} - {""} == {
        '"node:fs',
        '"node:url',
    }
