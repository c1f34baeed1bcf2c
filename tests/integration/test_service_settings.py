"""Each service as a process that lacks what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.notifications.messages.texts import FOLDER
from tests.conftest import SERVICES

GIVEN = {
    "PATH": os.environ["PATH"],
    "MAARID_BOOTSTRAP_SERVERS": "kafka:9092",
    "MAARID_ISSUER": "https://login.example",
    "MAARID_JWKS_URL": "https://login.example/keys",
}

DEVELOPMENT = {**GIVEN, "MAARID_ENVIRONMENT": "development"}
"""Where no secrets are needed."""


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_without_its_settings_says_so_in_one_line_and_exits_with_2(service: str) -> None:
    found = subprocess.run(
        [sys.executable, "-m", f"services.{service}"],
        env=GIVEN,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == 2
    lacks = [
        "MAARID_DATABASE_URL",
        *(["MAARID_TICKET_KEYS_FILE"] if service == "ticketing" else []),
        *(["MAARID_CODE_KEYS_FILE"] if service == "notifications" else []),
    ]
    wrong = "; ".join(f"{name}: is not set" for name in lacks)
    assert found.stderr.splitlines() == [f"{service}: cannot start: {wrong}"]


@pytest.mark.parametrize("text", [None, '{"keys": []}'])
def test_without_keys_for_tickets_ticketing_says_so_in_one_line_and_exits_with_2(
    tmp_path: Path, text: str | None
) -> None:
    path = tmp_path / "ticket_keys"
    if text is not None:
        path.write_text(text)
    reason = (
        f"{path} cannot be read: No such file or directory"
        if text is None
        else f"{path} holds no keys: 1 or 2 of its keys must be active"
    )
    found = subprocess.run(
        [sys.executable, "-m", "services.ticketing"],
        env={
            **GIVEN,
            "MAARID_DATABASE_URL": "postgresql://nobody@localhost/none",
            "MAARID_TICKET_KEYS_FILE": str(path),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (found.returncode, found.stderr.splitlines()) == (
        2,
        [f"ticketing: cannot start: MAARID_TICKET_KEYS_FILE: {reason}"],
    )


WITH_TEXTS_FROM = """
import sys
from pathlib import Path
from chassis.running.start import start
from services.notifications.messages import texts
texts.FOLDER = Path(sys.argv[1])
start("services.notifications.app")
"""


def test_without_a_text_in_one_language_notifications_says_so_in_one_line_and_exits_with_2(
    tmp_path: Path,
) -> None:
    for path in FOLDER.iterdir():
        text = path.read_text("utf-8")
        if path.stem == "fr":
            text = text.replace("\nbooth_released = ", "\nbooth_realeased = ")
        if path.stem == "en":
            text = text.replace("\nseat_reserved = { $fair }: ", "\nseat_reserved = ")
        (tmp_path / path.name).write_text(text, "utf-8")
    found = subprocess.run(
        [sys.executable, "-c", WITH_TEXTS_FROM, str(tmp_path)],
        env={**DEVELOPMENT, "MAARID_DATABASE_URL": "postgresql://nobody@localhost/none"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == 2
    assert found.stderr.splitlines() == [
        "notifications: cannot start: fr has no text booth_released;"
        " en fills seat_reserved otherwise than ar"
    ]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("MAARID_QUIET_HOURS", "21-8", "String should match pattern"),
        ("MAARID_WHATSAPP_TEMPLATES_FILE", "/no/such.toml", "/no/such.toml cannot be read"),
    ],
)
def test_wrong_settings_of_notifications_are_told_in_one_line(
    name: str, value: str, reason: str
) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "services.notifications"],
        env={
            **DEVELOPMENT,
            "MAARID_DATABASE_URL": "postgresql://nobody@localhost/none",
            name: value,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == 2
    (line,) = found.stderr.splitlines()
    assert line.startswith(f"notifications: cannot start: {name}: {reason}")


@pytest.mark.parametrize("text", [None, "", "012345"])
def test_without_keys_for_codes_notifications_says_so_in_one_line_and_exits_with_2(
    tmp_path: Path, text: str | None
) -> None:
    path = tmp_path / "code_keys"
    if text is not None:
        path.write_text(text)
    reason = {
        None: f"{path} cannot be read: No such file or directory",
        "": f"{path} holds no keys: 1 to 3 keys are expected, one a line",
        "012345": f"{path} holds no keys: line 1 is not 32 bytes in hexadecimal",
    }[text]
    found = subprocess.run(
        [sys.executable, "-m", "services.notifications"],
        env={
            **GIVEN,
            "MAARID_DATABASE_URL": "postgresql://nobody@localhost/none",
            "MAARID_CODE_KEYS_FILE": str(path),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (found.returncode, found.stderr.splitlines()) == (
        2,
        [f"notifications: cannot start: MAARID_CODE_KEYS_FILE: {reason}"],
    )
