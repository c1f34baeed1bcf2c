"""Owns workshop seats with their waiting lists, visitor tickets, and who came through which gate.
Hears fairs and contacts from registration, and scheduled, moved and cancelled sessions.
Says Workshop*, Seat* and Ticket* on ticketing.events.v1.
"""
