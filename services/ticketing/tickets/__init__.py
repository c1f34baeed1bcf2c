"""Visitors' tickets, and the gates through which their parties arrive."""
