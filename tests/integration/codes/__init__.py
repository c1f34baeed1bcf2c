"""Codes at two replicas: how they are sent, checked, bounded and forgotten."""
