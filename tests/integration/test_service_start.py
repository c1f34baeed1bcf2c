"""What a service's process has loaded at its start is not looked at again."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from services import SERVICES
from tests.integration.test_service_settings import GIVEN

# uvicorn gets as far as its loop, where requests would come in.
PROGRAM = """
import gc, sys, uvicorn

def requests_come(server):
    left = [one for one in gc.get_objects() if isinstance(one, type)]
    sys.exit(f"{gc.isenabled()} {gc.get_freeze_count() > 100_000} {len(left)}")

uvicorn.Server.run = requests_come
from chassis.running.start import start
start(sys.argv[1])
"""


@pytest.mark.parametrize("service", SERVICES)
def test_requests_do_not_wait_while_all_that_was_loaded_is_searched_for_garbage(
    service: str,
) -> None:
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, f"services.{service}.app"],
        env={
            **GIVEN,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "MAARID_DATABASE_URL": "postgresql://nobody@nowhere/nothing",
            "MAARID_ENVIRONMENT": "development",  # Without secrets.
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.stderr == "True True 0\n"
