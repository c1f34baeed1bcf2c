"""What a message waits for, as codes that are stored and answered."""

from __future__ import annotations

QUEUED = "queued"
"""Nothing but its turn."""
EARLIER = "earlier_message"
"""An earlier message to the same contact, which it must not overtake."""
AWAITS_RECEIPT = "awaiting_receipt"
"""Word from the network, which has taken it."""
