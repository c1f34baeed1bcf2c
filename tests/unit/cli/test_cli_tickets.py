"""`maarid ticket-keys` changes a file as a whole; `maarid tickets verify` says what a code is."""

from __future__ import annotations

import os
import threading
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from cli.ticket_keys import change_keys, keys_in_home, make_keys
from services.ticketing.tickets.code import Payload, fair_hash, signed
from services.ticketing.tickets.domain import TicketKind
from services.ticketing.tickets.http import keys_out
from services.ticketing.tickets.keys import TicketKeys, read_keys

FAIR, DAY = "ouarzazate-2025", date(2025, 9, 18)


def maarid(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=given)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "ticket_keys"
    assert make_keys(path)
    return path


def code_by(keys: TicketKeys) -> str:
    id_, key = keys.signer
    ticket = "f732834d-e28f-5b78-8b96-ae14b03a8136"
    last = date(2025, 9, 20)
    return signed(Payload(id_, fair_hash(FAIR), ticket, TicketKind.BUYER, DAY, last, 1, 3), key)


def test_keys_take_turns(tmp_path: Path) -> None:
    file = ("--file", str(tmp_path / "ticket_keys"))
    said = [
        maarid("ticket-keys", *command, *file)
        for command in (("new",), ("new",), ("retire", "1"), ("list",))
    ]
    assert [each.exit_code for each in said] == [0, 0, 0, 0]
    assert [each.stdout.splitlines() for each in said] == [
        ["1: active, signs"],
        ["1: active, signs", "2: active, signs when 1 is retired"],
        ["1: retired", "2: active, signs"],
        ["1: retired", "2: active, signs"],
    ]


def test_a_compromised_key_is_said_to_be_one(keys: Path) -> None:
    assert maarid("ticket-keys", "new", "--file", str(keys)).exit_code == 0
    said = maarid("ticket-keys", "retire", "1", "--compromised", "--file", str(keys))
    assert said.stdout.splitlines() == ["1: compromised", "2: active, signs"]


@pytest.mark.parametrize("command", [("retire", "1"), ("retire", "9")])
def test_what_cannot_be_done_is_told_in_a_line_and_changes_nothing(
    keys: Path, command: tuple[str, ...]
) -> None:
    before = keys.read_bytes()
    said = maarid("ticket-keys", *command, "--file", str(keys))
    assert (said.exit_code, len(said.stderr.splitlines())) == (2, 1)
    assert keys.read_bytes() == before


def test_a_file_that_is_not_there_is_made_by_new_alone(tmp_path: Path) -> None:
    for command in (("list",), ("retire", "1")):
        said = maarid("ticket-keys", *command, "--file", str(tmp_path / "none" / "keys"))
        assert said.exit_code == 2
    assert not (tmp_path / "none").exists()


def test_who_may_read_the_file_stays_so(keys: Path) -> None:
    assert keys.stat().st_mode & 0o777 == 0o600
    keys.chmod(0o640)
    change_keys(keys, TicketKeys.with_new)
    assert keys.stat().st_mode & 0o777 == 0o640
    assert os.listdir(keys.parent) == [keys.name]


def test_of_two_changes_at_once_none_is_lost(keys: Path) -> None:
    """The one waits until the other is written."""
    begun, goes_on = threading.Event(), threading.Event()

    def slowly(before: TicketKeys) -> TicketKeys:
        begun.set()
        assert goes_on.wait(10)
        return before.with_new()

    def retires(before: TicketKeys) -> TicketKeys:
        return before.with_retired(1)

    slow = threading.Thread(target=change_keys, args=(keys, slowly))
    slow.start()
    assert begun.wait(10)
    second = threading.Thread(target=change_keys, args=(keys, retires))
    second.start()
    goes_on.set()
    slow.join(10)
    second.join(10)
    assert [(key.id, str(key.state)) for key in read_keys(keys).keys] == [
        (1, "retired"),
        (2, "active"),
    ]


def test_what_a_killed_command_left_is_in_nobodys_way(keys: Path) -> None:
    keys.with_name(f"{keys.name}.new").write_text("half")
    change_keys(keys, TicketKeys.with_new)
    assert len(read_keys(keys).active) == 2


def test_the_embedded_stack_makes_its_keys_once(tmp_path: Path) -> None:
    path = keys_in_home(tmp_path / "home")
    before = path.read_text()
    assert (keys_in_home(tmp_path / "home"), path.read_text()) == (path, before)


@pytest.mark.parametrize(
    ("options", "exit_code", "said"),
    [
        ((), 0, "valid: This is a ticket of ours."),
        (("--fair", FAIR, "--day", "2025-09-20"), 0, "valid: This is a ticket of ours."),
        (("--fair", "agadir-2025"), 1, "wrong_fair: This is a ticket of ours, for another fair."),
        (("--day", "2025-09-21"), 1, "wrong_day: This is a ticket of ours, for another day."),
    ],
)
def test_a_code_is_verified_by_the_keys_of_a_file(
    keys: Path, tmp_path: Path, options: tuple[str, ...], exit_code: int, said: str
) -> None:
    """The secret ones, and those that everybody may have."""
    code = code_by(read_keys(keys))
    public = tmp_path / "public.json"
    public.write_text(keys_out(read_keys(keys)).model_dump_json())
    for file in (keys, public):
        for text, given in ((code, None), ("-", f"{code}\n")):
            told = maarid(
                "tickets", "verify", "--keys", str(file), *options, "--", text, given=given
            )
            assert told.exit_code == exit_code, told.output
            assert told.stdout.splitlines() == [
                "ticket f732834d-e28f-5b78-8b96-ae14b03a8136: buyer, party of 3,"
                " 2025-09-18 to 2025-09-20, issue 1, letters VJLVQVFQ, key 1",
                said,
            ]


def test_what_is_no_ticket_is_told_so(keys: Path) -> None:
    code = code_by(read_keys(keys))
    change_keys(keys, TicketKeys.with_new)
    change_keys(keys, lambda now: now.with_retired(1, compromised=True))
    told = {
        text: maarid("tickets", "verify", "--keys", str(keys), "--", text)
        for text in ("no ticket", code, code_by(read_keys(keys))[:-2] + "00")
    }
    assert {each.exit_code for each in told.values()} == {1}
    assert [each.stdout.partition(":")[0] for each in told.values()] == [
        "unreadable",
        "unknown_key",
        "bad_signature",
    ]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"keys": [{}]}', '{"keys": [{"id": 1, "state": "a", "public": "A"}]}']
)
def test_without_keys_nothing_is_said_of_a_code(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    for where in (str(path), str(tmp_path / "none"), "http://127.0.0.1:9"):
        told = maarid("tickets", "verify", "--keys", where, "--", "A")
        assert (told.exit_code, told.stderr.startswith("maarid: ")) == (2, True)
