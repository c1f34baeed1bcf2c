"""The proof of what the product promises, line by line, from logs and topics alone.

It streams: what it keeps of an event is a few bytes.  `service` reads, `checks` has the promises
about decisions, `running` the lines.
"""

from cli.audit.lines import Line
from cli.audit.running import audit

__all__ = ["Line", "audit"]
