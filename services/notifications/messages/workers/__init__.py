"""Background work: requests the messages of an event that concerns many, and sends messages."""
