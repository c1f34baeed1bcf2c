"""Owns fairs, calls, organisations, applications, the selection, and contacts.
Hears nothing from other services.
Says what maarid_contracts.registration lists, and keeps the contacts topic current.
"""
