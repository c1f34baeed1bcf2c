"""The services; none imports another.

This is the one list of them.  `tests/architecture/test_services.py` compares it with what cannot
read it: compose files, Prometheus, the Makefile, the groups of dependencies.
"""

SERVICES = ("registration", "scheduling", "ticketing", "notifications")
