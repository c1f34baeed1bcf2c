"""What becomes of the messages that tell of offered seats."""
