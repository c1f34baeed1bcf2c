"""Routes, and how they are documented."""
