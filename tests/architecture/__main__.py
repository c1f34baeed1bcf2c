"""Writes what follows from the code and is kept beside it for review: refusals and policies."""

from tests.architecture.operations import write

write()
