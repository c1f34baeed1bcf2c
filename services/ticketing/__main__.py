"""`python -m services.ticketing`."""

from __future__ import annotations

from chassis.service import run
from services.ticketing.app import blueprint

if __name__ == "__main__":
    run(blueprint())
