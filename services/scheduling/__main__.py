"""`python -m services.scheduling` runs the service."""

from __future__ import annotations

from chassis.running.service import run
from services.scheduling.app import definition

if __name__ == "__main__":
    run(definition())
