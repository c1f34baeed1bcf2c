"""Owns messages: one stream each, from requested to delivered or failed; and the pocket phone.
Subscribes to registration, scheduling and ticketing, and to the contact records.
Says MessageRequested, MessageSent, MessageDelivered, MessageFailed, AnswerReceived.
"""
