"""Owns workshop seats with their waiting lists, visitor tickets, and arrivals by gate.
Hears of fairs and contacts from registration, and of sessions from scheduling.
Says Workshop*, Seat* and Ticket* on ticketing.events.v1.
"""
