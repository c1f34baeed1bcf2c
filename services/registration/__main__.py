"""`python -m services.registration`: the service as one process."""

from __future__ import annotations

from chassis.service import run
from services.registration.app import blueprint

if __name__ == "__main__":
    run(blueprint())
