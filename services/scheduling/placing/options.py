"""Where each exhibitor may stand: the sets of booths that break no hard rule by themselves."""

from __future__ import annotations

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
        self._given = frozenset(each for held in weighing.given.values() for each in held)

    def of(self, profile: Profile) -> tuple[Option, ...]:
        """Every set of booths that an exhibitor may get, but for none."""
        weighing = self._weighing
        given = weighing.given.get(profile.exhibitor_id, ())
        if len(given) >= profile.booths:
            return (given,)
        if given:
            free = self._suiting(profile) | {*given}
            stands = self._of_size(free, min(profile.booths, MODULES_MOST))
            return (given, *(stand for stand in stands if {*given} < {*stand}))
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
