"""What networks and contacts tell us: receipts, answers by WhatsApp or a link, and STOP."""
