"""`python -m services.scheduling` runs the service."""

from __future__ import annotations

from chassis.running.start import start

if __name__ == "__main__":
    start("services.scheduling.app")
