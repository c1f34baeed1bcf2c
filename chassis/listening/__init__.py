"""From a topic to projections and policies."""
