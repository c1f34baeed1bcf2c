"""`python -m services.notifications`."""

from __future__ import annotations

from chassis.running.service import run
from services.notifications.app import definition

if __name__ == "__main__":
    run(definition())
