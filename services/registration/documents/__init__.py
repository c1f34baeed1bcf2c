"""The documents that the organising team has seen of an application, or misses."""
