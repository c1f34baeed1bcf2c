"""Owns fairs, calls, organisations, applications, the selection, offers, product families,
contacts, and people with badges.
Subscribes to notifications: what became of the messages that tell of offers.
Publishes what maarid_contracts.registration lists, and keeps the two topics of persons current.
"""
