"""Made-up fairs of any size, with every rule of an assignment on."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.scheduling.placing.booths import Booth, Needs
from services.scheduling.placing.problem import Ground, Problem, Profile
from services.scheduling.placing.rules import AssignmentRules, Fixed, Zone

ROW = 20
FAMILIES = (
    *("honey", "couscous", "olive_oil", "saffron", "herbs", "weaving", "carpets", "embroidery"),
    *("ceramics", "wood", "copper", "saddlery", "argan", "dates"),
)
SHARES = (14, 10, 11, 6, 9, 9, 8, 7, 6, 5, 4, 3, 5, 3)
PROVINCES = ("azilal", "beni_mellal", "fquih_ben_salah", "khenifra", "khouribga", "elsewhere")
PROVINCE_SHARES = (26, 24, 14, 16, 14, 6)
WISHES = ("corner", "entrance", "quiet", "stage")
OCCUPIED = 97
"""So many of a hundred booths are used."""


def fair(seed: int, booths: int, poles: int = 1, *, skewed: bool = False) -> Problem:
    """A fair of a size, the same for the same seed: everybody has preferences and earlier places,
    a tenth asks for two modules; where `skewed`, 55 of 100 show one family."""
    chance = random.Random(seed)
    sizes = [booths * (n + 1) // poles - booths * n // poles for n in range(poles)]
    ground = _ground(chance, sizes)
    profiles: list[Profile] = []
    for pole, size in enumerate(sizes):
        profiles.extend(_exhibitors(chance, f"pole-{pole}", size, skewed=skewed))
    return Problem(ground, tuple(profiles), _rules(chance, ground, profiles))


def _ground(chance: random.Random, sizes: Sequence[int]) -> Ground:
    """Rows of ROW booths along an aisle, two back to back, pole after pole, with a stage."""
    booths: dict[str, Booth] = {}
    beside: dict[str, list[str]] = {}
    facing: dict[str, list[str]] = {}
    walk: dict[str, int] = {}
    noisy: set[str] = set()
    y_m = 0.0
    for pole, size in enumerate(sizes):
        names = [f"{chr(65 + pole)}-{n + 1:03d}" for n in range(size)]
        for n, name in enumerate(names):
            row, along = divmod(n, ROW)
            x = along * 3.0
            y = y_m + row // 2 * 10.0 + row % 2 * 3.0
            corner = along in (0, ROW - 1) or n == size - 1
            booths[name] = Booth(
                name,
                f"pole-{pole}",
                x,
                y,
                3.0,
                3.0,
                electricity=chance.random() < 0.6,
                water=chance.random() < 0.3,
                corner=corner,
                step_free=chance.random() < 0.9,
            )
            beside[name] = [names[m] for m in (n - 1, n + 1) if 0 <= m < size and m // ROW == row]
            across = (row - 1 if row % 2 == 0 else row + 1) * ROW + along
            facing[name] = [names[across]] if 0 <= across < size else []
            walk[name] = round(100 * (x + y))
            if abs(x - 45) < 9 and y < 12:
                noisy.add(name)
        y_m += (len(names) // ROW // 2 + 1) * 10.0 + 6.0
    return Ground(
        booths,
        {key: tuple(others) for key, others in beside.items()},
        {key: tuple(others) for key, others in facing.items()},
        walk,
        frozenset(noisy),
    )


def _exhibitors(chance: random.Random, pole_id: str, size: int, *, skewed: bool) -> list[Profile]:
    left, found = size * OCCUPIED // 100, list[Profile]()
    shares: Mapping[str, float] = dict(zip(FAMILIES, SHARES, strict=True))
    if skewed:
        others = sum(SHARES) - SHARES[0]
        shares = {each: 45 * share / others for each, share in shares.items()}
        shares = {**shares, FAMILIES[0]: 55}
    while left > 0:
        number = len(found)
        wide = number % 10 == 5 and left > 1
        province = chance.choices(PROVINCES, PROVINCE_SHARES)[0]
        found.append(
            Profile(
                f"{pole_id}-{number:03d}",
                f"{pole_id}-org-{number:03d}",
                pole_id,
                booths=2 if wide else 1,
                families=(chance.choices([*shares], [*shares.values()])[0],),
                needs=Needs(
                    electricity=chance.random() < 0.3,
                    water=chance.random() < 0.08,
                    step_free=chance.random() < 0.15,
                )
                if not wide
                else Needs(),
                programmes=("mouazara",) if chance.random() < 0.12 else (),
                score=chance.randint(20, 100),
                newcomer=chance.random() < 0.25,
                pioneer=chance.random() < 0.05,
                commune=f"{province}-{chance.randint(1, max(2, size // 25))}",
                province=province,
                preferences=tuple(sorted(chance.sample(WISHES, chance.randint(1, 3)))),
                earlier=tuple(chance.randint(10, 100) for _ in range(chance.randint(1, 4))),
            )
        )
        left -= found[-1].booths
    return found


def _rules(chance: random.Random, ground: Ground, profiles: Sequence[Profile]) -> AssignmentRules:
    names = [*ground.booths]
    free = [each for each in profiles if each.booths == 1 and each.needs == Needs()]
    promised = free[0]
    booth = next(
        each for each, of in ground.booths.items() if of.pole_id == promised.pole_id and of.corner
    )
    return replace(
        AssignmentRules(),
        forbidden=(("honey", "saddlery"),),
        fixed=(Fixed(promised.exhibitor_id, (booth,)),),
        zones=(
            Zone("pioneer", tuple(names[: max(4, len(names) // 12)])),
            Zone("mouazara", tuple(names[len(names) // 4 : len(names) // 4 + len(names) // 6])),
        ),
    )
