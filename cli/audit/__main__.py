"""The half of a large audit that runs beside the other one; see `running`."""

from __future__ import annotations

import asyncio
import signal
import sys

from cli.audit.running import FOUND, SHARE, examine_in_turn

if __name__ == "__main__":
    # Ctrl-C reaches both; the other one ends this one, and speaks for both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    share = SHARE.validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(FOUND.dump_json(asyncio.run(examine_in_turn(*share))))
