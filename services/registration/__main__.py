"""`python -m services.registration`: the service as one process."""

from __future__ import annotations

from chassis.running.service import run
from services.registration.app import definition

if __name__ == "__main__":
    run(definition())
