"""Owns messages: one stream each, from requested to delivered or failed; and what contacts answer.
Subscribes to registration, scheduling and ticketing, and to the contact records.
Says MessageRequested, -Sent, -Delivered, -Failed, AnswerReceived, CallNoted, ContactOptedOut.
"""
