"""Solves the model of placing by HiGHS: the same input and seed give the same answer, if proven.

The child process of the service alone imports this (see `model.py`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import highspy
import numpy as np
import numpy.typing as npt

from services.scheduling.placing.model import Model

THREADS = 2
RUNS = 3
NEAR = 12
"""The first run looks at options that the relaxation prices at most so far from the best; the next
at all that could be better than what it found."""
LARGE, NEAREST = 20_000, 3
"""With more options than these, a run over the nearest comes before, for a good answer soon."""
FIRST_SHARE, FIRST_GAP = 0.4, 4.0
"""That run has so much of the time, and ends where no more can be gained by it."""

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Tell(Protocol):
    """How a job says how far it is, and learns that it is to stop."""

    @property
    def stopping(self) -> bool: ...
    def __call__(self, share: float, code: str = "", /) -> None: ...


@dataclass(slots=True)
class Watch:
    """Looks at a run from HiGHS's callbacks: tells of its best and its bound, and stops it."""

    tell: Tell
    until: float
    """When the whole job is to end, by the monotonic clock."""
    began: float
    before: int = 0
    """What the models that are solved already come to; they count in what is told."""
    counting: bool = False
    """Whether what is solved now has no costs to be told."""

    @property
    def left(self) -> float:
        return max(self.until - time.monotonic(), 0.0)

    @property
    def over(self) -> bool:
        return self.tell.stopping or self.left <= 0

    def look(self, event: Any) -> None:
        """Nothing may be raised here: HiGHS calls it from C++."""
        if self.tell.stopping:
            event.interrupt()

    def progress(self, event: Any) -> None:
        best, bound = event.data_out.mip_primal_bound, event.data_out.mip_dual_bound
        self.look(event)
        known = math.isfinite(best) and math.isfinite(bound)
        if known and not self.counting and not self.tell.stopping:
            done = (time.monotonic() - self.began) / max(self.until - self.began, 1.0)
            best_, bound_ = self.before + round(best), self.before + math.ceil(bound - 1e-6)
            try:
                self.tell(min(done, 0.99), f"solving {best_} {bound_}")
            except BaseException:
                if not self.tell.stopping:
                    raise


@dataclass(frozen=True, slots=True)
class Solved:
    """The options that are taken, if any were found; `bound` is what no others cost less than."""

    taken: tuple[int, ...] | None
    objective: int
    bound: int
    proven: bool
    prices: tuple[float, ...]
    """Of the rows, from the relaxation; none where it was not finished."""


def solve(model: Model, watch: Watch, *, seed: int, start: Sequence[int] | None = None) -> Solved:
    """Find the cheapest options.  `start` are options that keep every row."""
    solving = Solving(model, watch, seed)
    return solving.result(start)


def feasible(model: Model, watch: Watch, *, seed: int) -> tuple[int, ...] | None:
    """Any options that keep every row; None where there are none, or none were found in time."""
    return Solving(model, watch, seed).any()


class Solving:
    """One model on its way to be solved."""

    def __init__(self, model: Model, watch: Watch, seed: int) -> None:
        self.model, self.watch, self.seed = model, watch, seed
        self.columns, self.number = len(model.costs), len(model.options)
        self.costs = np.array(model.costs, dtype=np.double)
        self.step = math.gcd(*model.costs) or 1
        self.whole = np.zeros(self.columns, dtype=np.bool_)
        self.whole[model.binary] = True
        wide = [n for n, option in enumerate(model.options) if len(option) > 1]
        self.whole[wide] = True
        self.matrix = _matrix(model)
        self.first = False

    def any(self) -> tuple[int, ...] | None:
        if any(not span for span in self.model.spans):
            return None
        self.costs = np.zeros(self.columns)
        self.whole[: self.number] = True
        return self._search(np.ones(self.number, dtype=np.bool_), None)[0]

    def result(self, start: Sequence[int] | None) -> Solved:
        relaxed = self._relax()
        bound = 0.0 if relaxed is None else relaxed[0]
        prices = () if relaxed is None else relaxed[2]
        best = None if start is None else tuple(start)
        if relaxed is None:
            return self._said(best, bound, prices)
        large, proven = self.number > LARGE, bound
        near = float(NEAREST if large else NEAR)
        for number in range(RUNS):
            if self.watch.over:
                break
            self.first = large and number == 0
            found, least = self._search(relaxed[1] <= near + 1e-6, best)
            best = found if found is not None else best
            # An option that was left out costs more than `near` over the bound.
            proven = max(proven, min(least, bound + near))
            if best is None:
                near = math.inf
            elif self._worth(best) - proven < self.step - 1e-6:
                break
            else:
                near = self._worth(best) - bound
        return self._said(best, proven, prices)

    def _said(
        self, best: tuple[int, ...] | None, bound: float, prices: tuple[float, ...]
    ) -> Solved:
        if best is None:
            return Solved(None, 0, 0, proven=False, prices=())
        worth = self._worth(best)
        least = worth if bound >= worth else self.step * math.ceil((bound - 1e-4) / self.step)
        return Solved(best, worth, min(least, worth), least >= worth, prices)

    def _worth(self, taken: Sequence[int]) -> int:
        """What options cost, with the least that has to be paid beside them."""
        model, values = self.model, np.zeros(self.columns, dtype=np.int64)
        values[[*taken]] = 1
        for column, of in model.sums.items():
            values[column] = values[of].sum()
        total, paid = 0, dict[int, int]()
        for row in model.rows:
            over = -row.most
            payer = None
            for column, coefficient in zip(row.columns, row.coefficients, strict=True):
                if coefficient < 0 and column >= self.number and column not in model.sums:
                    payer = column
                else:
                    over += coefficient * int(values[column])
            if payer is not None and over > 0:
                paid[payer] = max(paid.get(payer, 0), over)
        total = sum(model.costs[n] for n in taken)
        return total + sum(model.costs[n] * amount for n, amount in paid.items())

    def _highs(self, seconds: float) -> Any:
        # One scheduler of threads serves a whole process; others may have made it for one thread.
        highspy.Highs.resetGlobalScheduler(True)
        highs: Any = highspy.Highs()
        for name, value in (
            ("output_flag", False),
            ("random_seed", self.seed),
            ("threads", THREADS),
            ("time_limit", seconds),
            ("mip_rel_gap", 0.0),
            # All costs are whole multiples: what is less than one step away is the best.
            ("mip_abs_gap", max(self.step - 1e-3, FIRST_GAP if self.first else 0.0)),
            ("mip_lp_solver", "ipm"),
        ):
            highs.setOptionValue(name, value)
        return highs

    def _relax(self) -> tuple[float, Floats, tuple[float, ...]] | None:
        """The bound of the relaxation, the reduced costs of options, and the prices of rows."""
        highs = self._highs(self.watch.left)
        highs.setOptionValue("solver", "ipm")
        highs.passModel(self._lp(None, whole=False))
        highs.cbIpmInterrupt.subscribe(self.watch.look)
        highs.cbSimplexInterrupt.subscribe(self.watch.look)
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = highs.getSolution()
        first = len(self.model.spans) + len(self.model.sums)
        prices = tuple(max(0.0, -price) for price in solution.row_dual[first:])
        reduced = np.array(solution.col_dual[: self.number], dtype=np.double)
        return highs.getInfo().objective_function_value, reduced, prices

    def _search(
        self, keep: Bools, start: tuple[int, ...] | None
    ) -> tuple[tuple[int, ...] | None, float]:
        """The best options among those kept, and the bound among them."""
        if start is not None:
            keep = keep.copy()
            keep[[*start]] = True
        lp = self._lp(keep, whole=True)
        highs = self._highs(self.watch.left * (FIRST_SHARE if self.first else 1.0))
        highs.passModel(lp)
        if start is not None:
            values = np.zeros(self.columns)
            values[[*start]] = 1
            given = highspy.HighsSolution()
            given.col_value = self._completed(values)
            highs.setSolution(given)
        highs.cbMipInterrupt.subscribe(self.watch.look)
        highs.cbMipLogging.subscribe(self.watch.progress)
        highs.cbMipImprovingSolution.subscribe(self.watch.progress)
        highs.run()
        told = highs.getInfo()
        if highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return None, math.inf
        if told.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None, told.mip_dual_bound
        values = np.array(highs.getSolution().col_value)
        if start is not None and self.costs @ values > told.objective_function_value + 0.5:
            # HiGHS 1.16 may find a better answer from a start, and give the start for it.
            return self._search(keep, None)
        found = [each for each in (self.whole_of(values, keep), start) if each is not None]
        return min(found, key=self._worth, default=None), told.mip_dual_bound

    def _completed(self, values: Floats) -> list[float]:
        for column, of in self.model.sums.items():
            values[column] = values[of].sum()
        for row in self.model.rows:
            over, payer = -float(row.most), None
            for column, coefficient in zip(row.columns, row.coefficients, strict=True):
                if coefficient < 0 and column >= self.number and column not in self.model.sums:
                    payer = column
                else:
                    over += coefficient * values[column]
            if payer is not None:
                values[payer] = max(values[payer], over)
        return values.tolist()

    def whole_of(self, values: Floats, keep: Bools) -> tuple[int, ...] | None:
        """The options taken; where some came out in fractions, with all sums that decide kept as
        they are, the best whole ones."""
        options = values[: self.number]
        if np.all(np.minimum(options, 1 - options) < 1e-4):
            return tuple(int(n) for n in np.flatnonzero(options > 0.5))
        # Where another run follows, it leaves nothing in fractions.
        self.whole[: self.number] = True
        lp = self._lp(keep, whole=True)
        lower, upper = np.array(lp.col_lower_), np.array(lp.col_upper_)
        decided = self.model.binary
        lower[decided] = upper[decided] = np.round(values[decided])
        lp.col_lower_, lp.col_upper_ = lower, upper
        highs = self._highs(max(self.watch.left, 2.0))
        highs.passModel(lp)
        highs.run()
        if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        found = np.array(highs.getSolution().col_value)[: self.number]
        return tuple(int(n) for n in np.flatnonzero(found > 0.5))

    def _lp(self, keep: Bools | None, *, whole: bool) -> Any:
        rows, lower, upper, (starts, index, coefficients) = self.matrix
        lp: Any = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.columns, rows
        most = np.array(self.model.uppers, dtype=np.double)
        if keep is not None:
            most[: self.number][~keep] = 0
        lp.col_cost_ = self.costs
        lp.col_lower_, lp.col_upper_ = np.zeros(self.columns), most
        lp.row_lower_, lp.row_upper_ = lower, upper
        if whole:
            lp.integrality_ = _kinds(self.whole)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = self.columns, rows
        lp.a_matrix_.start_, lp.a_matrix_.index_ = starts, index
        lp.a_matrix_.value_ = coefficients
        return lp


def _kinds(whole: Bools) -> list[Any]:
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    return [kinds[each] for each in whole.astype(int).tolist()]


Matrix = tuple[int, Floats, Floats, tuple[Any, Any, Floats]]


def _matrix(model: Model) -> Matrix:
    """Rows: one option of each exhibitor, what sums are sums of, then those of the model."""
    index: list[Sequence[int]] = []
    values: list[Sequence[int]] = []
    lower: list[float] = []
    upper: list[float] = []

    def row(columns: Sequence[int], coefficients: Sequence[int], low: float, high: float) -> None:
        index.append(columns)
        values.append(coefficients)
        lower.append(low)
        upper.append(high)

    for span in model.spans:
        row(span, [1] * len(span), 1, 1)
    for column, of in model.sums.items():
        row([*of, column], [1] * len(of) + [-1], 0, 0)
    for each in model.rows:
        row(each.columns, each.coefficients, -math.inf, each.most)
    starts = np.cumsum([0, *map(len, index)]).astype(np.int32)
    flat = np.array([n for columns in index for n in columns], dtype=np.int32)
    coefficients = np.array([n for row_ in values for n in row_], dtype=np.double)
    return len(index), np.array(lower), np.array(upper), (starts, flat, coefficients)


def versions() -> dict[str, str]:
    """What the answer depends on beside the input."""
    return {"highs": str(highspy.Highs().version()), "numpy": str(np.__version__)}
