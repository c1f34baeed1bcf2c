"""The counter's fixtures, for tests that put proxies before its servers."""

from tests.integration.chassis.conftest import counter, served

__all__ = ["counter", "served"]
