"""What all integration tests share."""

from __future__ import annotations

import pytest

from chassis.process.telemetry import configure_logs


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """JSON logs, as in production; the default ones take seconds to draw a traceback."""
    configure_logs("test", "warning")
