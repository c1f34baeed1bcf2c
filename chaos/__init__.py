"""Chaos: a proxy that fails as networks do, a random load that keeps its own history, and checks
that are written against that history alone."""
