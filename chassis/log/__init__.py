"""The log and the desk: how a decision becomes durable."""
