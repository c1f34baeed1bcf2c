"""Statements on the tables of the sender, which no event can make again."""
