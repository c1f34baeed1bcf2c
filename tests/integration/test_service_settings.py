"""Each service as a process that lacks what it needs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import SERVICES

GIVEN = {
    "PATH": os.environ["PATH"],
    "MAARID_BOOTSTRAP_SERVERS": "kafka:9092",
    "MAARID_ISSUER": "https://login.example",
    "MAARID_JWKS_URL": "https://login.example/keys",
}


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
    assert found.stderr.splitlines() == [
        f"{service}: cannot start: MAARID_DATABASE_URL: is not set"
    ]
