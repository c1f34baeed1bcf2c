"""Log lines, whoever writes them."""

from __future__ import annotations

import json
import subprocess
import sys

LOGGING = """
import logging, threading
from chassis.process.telemetry import configure_logs

configure_logs("ticketing", "info")
said = threading.Thread(target=logging.getLogger("a library").warning, args=("in a thread",))
said.start()
said.join()
"""


def test_a_line_of_a_librarys_thread_says_which_service_it_is_of() -> None:
    # In a process of its own, whose logging is not that of the tests.
    ran = subprocess.run(
        [sys.executable, "-c", LOGGING], capture_output=True, text=True, check=True
    )
    (line,) = ran.stderr.splitlines()
    said = json.loads(line)
    assert (said["service"], said["event"], said["level"]) == (
        "ticketing",
        "in a thread",
        "warning",
    )
