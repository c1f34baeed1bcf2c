"""Scheduling owns floor plans, who holds which booth and why, halls, and the programme.

It hears from registration which fairs there are, and who takes part or withdraws.
It says when plans, booths, halls and sessions come, move and go, and what holds for the programme:
`scheduling.events.v1`.  Drafts of timetables are its own.
"""
