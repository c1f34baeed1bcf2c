"""Owns fairs, calls, organisations, applications, the selection, product families, and contacts.
Subscribes to no topic of other services.
Publishes what maarid_contracts.registration lists, and keeps the contacts topic current.
"""
