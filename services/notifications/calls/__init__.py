"""The desk: contacts that are to be called by telephone, and what came of it."""
