"""Owns messages: one stream each, from requested to delivered or failed; what contacts answer; and
campaigns.
Subscribes to registration, scheduling and ticketing, and to the contact records.
Says MessageRequested, -Sent, -Delivered, -Failed, AnswerReceived, CallNoted, ContactOptedOut,
CampaignDrafted, -Started, -Paused, -Resumed, -Stopped, -Finished.
"""
