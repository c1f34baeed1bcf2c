"""Notifications on real servers: what other services say becomes texts on pocket phones."""
