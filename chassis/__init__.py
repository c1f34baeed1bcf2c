"""The event-sourcing machinery that every service stands on; it never names a fair or a booth.

Start with `log.py` (what is stored), `desk.py` (how it is decided), `relay.py` (how it is
published), `consumer.py` (how it is heard) and `service.py` (how one process runs all of them).
"""

VERSION = "0.2.0"
"""The product's; the images hold no metadata of a package that would say it."""
