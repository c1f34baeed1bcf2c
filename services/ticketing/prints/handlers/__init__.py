"""Gathers what a print says, and has it printed."""
