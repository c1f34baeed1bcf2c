"""`python -m services.ticketing`."""

from __future__ import annotations

from chassis.running.start import start

if __name__ == "__main__":
    start("services.ticketing.app")
