"""`python -m services.registration`: the service as one process."""

from __future__ import annotations

from chassis.running.start import start

if __name__ == "__main__":
    start("services.registration.app")
