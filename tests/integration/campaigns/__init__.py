"""Campaigns at two replicas: how they are drafted, counted, sent, held and stopped."""
