"""Owns workshop seats with their waiting lists, stand duty, visitor tickets, and arrivals by gate.
Hears of fairs, contacts and exhibitors from registration, of sessions from scheduling, and of
messages about offered seats from notifications.
Says Workshop*, Seat*, Duty* and Ticket* on ticketing.events.v1.
"""
