"""What keeps a purge from being whole."""

from __future__ import annotations


class PurgeError(Exception):
    """Something stays in a file; the message says what and what to do.  A purge may be repeated."""
