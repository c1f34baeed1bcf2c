"""Owns workshop seats with their waiting lists, stand duty, visitor tickets, and arrivals by gate.
Hears of fairs, contacts and exhibitors from registration, and of sessions from scheduling.
Says Workshop*, Seat*, Duty* and Ticket* on ticketing.events.v1.
"""
