"""A placement of everybody, rules of cost apart: where a search begins, and how few go without."""

from __future__ import annotations

from collections.abc import Sequence

from services.scheduling.placing.options import Option, Options
from services.scheduling.placing.weighing import Weighing


def everybody(weighing: Weighing, poles: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Gives booths to as many as it can, the stands of several modules first.

    Those of one booth are then matched to what is left, where needed by moving one another along
    (Kuhn 1955), so that no other choice of theirs would place more of them.
    """
    options = Options(weighing)
    found: dict[str, tuple[str, ...]] = {}
    taken: dict[str, str] = {}
    single: dict[str, tuple[Option, ...]] = {}
    several: list[tuple[int, str, tuple[Option, ...]]] = []
    for who, profile in sorted(weighing.profiles.items()):
        if profile.pole_id not in poles:
            continue
        own = options.of(profile)
        if profile.booths == 1 and all(len(option) == 1 for option in own):
            single[who] = own
        else:
            several.append((len(own), who, own))
    for _, who, own in sorted(several):
        option = next((each for each in own if taken.keys().isdisjoint(each)), None)
        if option is not None:
            found[who] = option
            taken.update(dict.fromkeys(option, who))
    for who in sorted(single, key=lambda each: (len(single[each]), each)):
        _matched(who, single, taken)
    found.update({who: (booth_id,) for booth_id, who in taken.items() if who in single})
    return found


def _matched(who: str, single: dict[str, tuple[Option, ...]], taken: dict[str, str]) -> None:
    """Find a booth for one, and others for those who have to make way, by the fewest moves."""
    came_from: dict[str, str] = {}
    """Booth -> who would take it."""
    waiting = [who]
    for each in waiting:
        for (booth_id,) in single[each]:
            if booth_id in came_from:
                continue
            came_from[booth_id] = each
            if booth_id not in taken:
                _move(booth_id, who, came_from, taken)
                return
            if taken[booth_id] in single:
                waiting.append(taken[booth_id])


def _move(booth_id: str, who: str, came_from: dict[str, str], taken: dict[str, str]) -> None:
    """Let everybody along the way take the booth that was found for them."""
    held = {holder: booth for booth, holder in taken.items()}
    while True:
        holder = came_from[booth_id]
        taken[booth_id] = holder
        if holder == who:
            return
        booth_id = held[holder]
