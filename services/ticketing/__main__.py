"""`python -m services.ticketing`."""

from __future__ import annotations

from chassis.running.service import run
from services.ticketing.app import definition

if __name__ == "__main__":
    run(definition())
