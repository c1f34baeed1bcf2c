"""Where `maarid` begins: Ctrl-C is no error, not even while Python still reads our modules."""

from __future__ import annotations

import signal
import sys

INTERRUPTED = 128 + signal.SIGINT


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        from cli.main import app

        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        # What Python does on its way out is not to be interrupted, and tells of it if it is.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
