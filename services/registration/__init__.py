"""Owns fairs, calls, organisations, applications, the selection, product families, contacts, and
people with badges.
Subscribes to no topic of other services.
Publishes what maarid_contracts.registration lists, and keeps the two topics of persons current.
"""
