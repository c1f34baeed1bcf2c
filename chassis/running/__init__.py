"""A service as a process: its parts, its health and its end."""
