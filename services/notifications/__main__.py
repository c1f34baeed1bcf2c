"""`python -m services.notifications`."""

from __future__ import annotations

from chassis.service import run
from services.notifications.app import blueprint

if __name__ == "__main__":
    run(blueprint())
