"""Over several fairs the good places go around."""

from __future__ import annotations

from services.scheduling.placing.rules import Weights
from services.scheduling.placing.weighing import Weighing
from tests.unit.scheduling.placing_cases import problem, profile, row, rules
from tests.unit.scheduling.test_placing_solver import placed, run


def spread_after_five_fairs(weight: int) -> int:
    """How far apart the best and the worst sum of place values are, after five editions."""
    names = [f"e{n}" for n in range(6)]
    earlier: dict[str, tuple[int, ...]] = dict.fromkeys(names, ())
    ground = row(6, walk_cm={f"A{n}": 100 * n for n in range(1, 7)})
    for _ in range(5):
        case = problem(
            ground,
            *(profile(name, score=60 - n, earlier=earlier[name]) for n, name in enumerate(names)),
            rules=rules(weights=Weights(rotation=weight)),
        )
        values = Weighing(case).values
        for name, held in placed(run(case)).items():
            earlier[name] = (*earlier[name], *(values[each] for each in held))
    sums = [sum(of) for of in earlier.values()]
    return max(sums) - min(sums)


def test_over_five_fairs_rotation_brings_the_places_of_all_closer() -> None:
    without, turning = spread_after_five_fairs(0), spread_after_five_fairs(1)
    assert without == 5 * 70
    assert turning < without / 2
