"""The five real fairs: their facts as TOML, a seeded cast of made-up people, and a player.

The player knows a running system only by the public HTTP routes of its four services.
"""
