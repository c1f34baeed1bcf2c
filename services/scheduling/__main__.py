"""`python -m services.scheduling` runs the service."""

from __future__ import annotations

from chassis.service import run
from services.scheduling.app import blueprint

if __name__ == "__main__":
    run(blueprint())
