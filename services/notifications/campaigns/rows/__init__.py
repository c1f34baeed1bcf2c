"""Statements on the tables of campaigns that no event can make again."""
