"""Where each exhibitor may stand: the sets of booths that break no hard rule by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from services.scheduling.placing.booths import barred, unmet
from services.scheduling.placing.problem import Profile
from services.scheduling.placing.weighing import Weighing

Option: TypeAlias = tuple[str, ...]
"""Booths in order; none at all is an option too, where not everybody can be placed."""

MODULES_MOST = 6
"""Who asks for more modules in one stand is placed where the team promises it booths, for there
are too many ways to lay it out."""


class Options:
    """The options of every exhibitor of one problem."""

    def __init__(self, weighing: Weighing) -> None:
        self._weighing = weighing
        self._stands: dict[tuple[frozenset[str], int], tuple[Option, ...]] = {}
        self._given = {
            booth_id: exhibitor_id
            for exhibitor_id, booths in self._given_last_pinned(weighing.given)
            for booth_id in booths
            if exhibitor_id in weighing.profiles
        }

    def _given_last_pinned(
        self, given: Mapping[str, tuple[str, ...]]
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """What was set up goes before what was promised."""
        pinned = self._weighing.problem.pinned
        yield from sorted(given.items(), key=lambda each: (each[0] in pinned, each[0]))

    def of(self, profile: Profile) -> tuple[Option, ...]:
        """Every set of booths that an exhibitor may get, but for none."""
        weighing = self._weighing
        given = weighing.given.get(profile.exhibitor_id, ())
        if given:
            held = tuple(
                sorted(each for each in given if self._given.get(each) == profile.exhibitor_id)
            )
            held = tuple(each for each in held if each in weighing.ground.booths)
            if profile.exhibitor_id not in weighing.problem.pinned and held != tuple(sorted(given)):
                return ()  # A promise that can no longer be kept whole is none.
            more = profile.booths - len(held)
            if not held or more <= 0:
                return (held,) if held else ()
            free = self._suiting(profile)
            beside = [
                stand
                for stand in self._of_size(free | {*held}, profile.booths)
                if {*held} <= {*stand}
            ]
            return (held, *beside)
        if profile.booths > MODULES_MOST:
            return ()
        return self._of_size(self._suiting(profile), profile.booths)

    def _suiting(self, profile: Profile) -> frozenset[str]:
        """The booths that suit an exhibitor, and are given to nobody."""
        ground = self._weighing.ground
        return frozenset(
            booth_id
            for booth_id in self._weighing.poles.get(profile.pole_id, ())
            if booth_id not in self._given
            if barred(ground, ground.booths[booth_id], profile) is None
            if not unmet(ground.booths[booth_id], profile.needs)
        )

    def _of_size(self, booths: frozenset[str], size: int) -> tuple[Option, ...]:
        """The sets of so many booths that hang together side by side."""
        key = booths, size
        if key not in self._stands:
            beside = self._weighing.ground.beside
            stands = {(booth_id,) for booth_id in booths}
            for _ in range(size - 1):
                stands = {
                    tuple(sorted((*stand, other)))
                    for stand in stands
                    for booth_id in stand
                    for other in beside.get(booth_id, ())
                    if other in booths and other not in stand
                }
            self._stands[key] = tuple(sorted(stands))
        return self._stands[key]
