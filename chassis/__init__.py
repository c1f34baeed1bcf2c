"""The event-sourcing machinery that every service stands on; it never names a fair or a booth.

docs/architecture.md says where to look first.
"""

VERSION = "0.2.0"
"""The product's; the images hold no metadata of a package that would say it."""
