"""Organisations that may be one: how they are found, and that they are taken for one."""
