"""Owns messages: one stream each, from requested to delivered or failed; and the pocket phone.
Hears registration, scheduling, ticketing, and the contact records.
Says MessageRequested, MessageSent, MessageDelivered, MessageFailed.
"""
