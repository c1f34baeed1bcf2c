"""Read tables made again from their events."""
