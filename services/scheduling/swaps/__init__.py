"""Exhibitors who change places because both agree to it."""
