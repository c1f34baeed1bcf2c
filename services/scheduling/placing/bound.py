"""A lower bound of the objective by arithmetic in whole numbers: nothing rests on the solver.

Each row Σ a·x ≤ b is left out, and its breach is priced instead: with prices p ≥ 0 no placement
that keeps the rows costs less than Σ min over options (c + p·a) + Σ min(0, c + p·a)·upper − p·b
(Lagrange; Geoffrion 1974).  It holds for any prices; those of the relaxation make it tight, and
wrong ones make it low, never untrue.  Sums are replaced by what they are sums of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.scheduling.placing.checker import Checker
from services.scheduling.placing.model import Aim, Model, build
from services.scheduling.placing.problem import Placement, Problem
from services.scheduling.placing.weighing import Weighing


@dataclass(frozen=True, slots=True)
class Duals:
    """The prices of the rows of one model, in parts of `scale`; rows not named are free."""

    poles: tuple[str, ...]
    scale: int
    rows: tuple[int, ...]
    values: tuple[int, ...]


def bound(problem: Problem, placement: Placement, duals: Iterable[Duals]) -> int:
    """What no placement costs less than that leaves, in each group of poles, no more booths
    ungiven than this one."""
    weighing = Weighing(problem)
    checker = Checker(weighing)
    return sum(
        proven(build(weighing, each.poles, Aim(checker.unplaced(placement, each.poles))), each)
        for each in duals
    )


def proven(model: Model, duals: Duals) -> int:
    """The bound that prices prove for one model.

    Raises ValueError where the prices are not of this model.
    """
    scale, prices = duals.scale, dict(zip(duals.rows, duals.values, strict=True))
    if scale < 1 or any(not 0 <= row < len(model.rows) for row in prices):
        raise ValueError("prices of another model")
    reduced = [cost * scale for cost in model.costs]
    total = 0
    for number, price in prices.items():
        if price > 0:  # A row that says "at most" is worth nothing below 0.
            row = model.rows[number]
            total -= price * row.most
            for column, coefficient in zip(row.columns, row.coefficients, strict=True):
                reduced[column] += price * coefficient
    for column, of in model.sums.items():
        for each in of:
            reduced[each] += reduced[column]
        reduced[column] = 0
    total += sum(min((reduced[n] for n in span), default=0) for span in model.spans)
    first = len(model.options)
    total += sum(
        min(0, each) * upper
        for each, upper in zip(reduced[first:], model.uppers[first:], strict=True)
    )
    # All costs are whole, so that a bound is rounded up.
    return -(-total // scale)


def rounded(
    model: Model, poles: Sequence[str], prices: Sequence[float], scale: int
) -> tuple[Duals, int]:
    """Prices on a grid, without those that change the bound by nothing."""
    near = {number: round(price * scale) for number, price in enumerate(prices) if price > 0}
    kept = {number: value for number, value in near.items() if value > 0}
    found = _of(poles, scale, kept)
    return found, proven(model, found)


def _of(poles: Sequence[str], scale: int, kept: Mapping[int, int]) -> Duals:
    return Duals(tuple(poles), scale, tuple(kept), tuple(kept.values()))
