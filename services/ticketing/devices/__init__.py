"""Phones at gates and doors: paired once, they decide alone and upload what they saw."""
