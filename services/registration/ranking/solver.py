"""Choosing whole applications by HiGHS: the same input gives the same answer.

The child process of the service alone imports this (see `model.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np

SEED = 1
THREADS = 1
"""With more, who finds a solution first is chance."""


@dataclass(frozen=True)
class Row:
    """low ≤ Σ weight · chosen ≤ high, by the number of the application."""

    weights: Sequence[int]
    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True)
class Solved:
    """What is chosen, by number; `bound` is what no choice exceeds.

    `proven` says that there is nothing better, or, where nothing is `chosen`, no choice at all.
    """

    chosen: frozenset[int] | None
    bound: int
    proven: bool

    @property
    def impossible(self) -> bool:
        return self.chosen is None and self.proven


def solve(
    worth: Sequence[int],
    rows: Sequence[Row],
    seconds: float,
    *,
    forced: int | None = None,
    start: frozenset[int] | None = None,
) -> Solved:
    """Choose so that the sum of `worth` is greatest; `forced` is chosen in any case.

    `start` is a choice that keeps the rows.
    """
    number = len(worth)
    if number == 0:
        # HiGHS looks at no row of a model without columns.
        kept = all(row.low <= 0 <= row.high for row in rows)
        return Solved(frozenset() if kept else None, 0, True)
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("random_seed", SEED)
    highs.setOptionValue("threads", THREADS)
    highs.setOptionValue("time_limit", seconds)
    highs.setOptionValue("mip_rel_gap", 0.0)
    # All worths are whole: what is less than one away is the best.
    highs.setOptionValue("mip_abs_gap", 0.5)
    highs.passModel(_model(worth, rows, forced))
    if start is not None:
        given = highspy.HighsSolution()
        given.col_value = [float(each in start) for each in range(number)]
        highs.setSolution(given)
    highs.run()
    status, told = highs.getModelStatus(), highs.getInfo()
    if status == highspy.HighsModelStatus.kInfeasible:
        return Solved(None, 0, True)
    proven = status == highspy.HighsModelStatus.kOptimal
    # Without a bound of its own: nothing is worth more than everything.
    bound = min(told.mip_dual_bound, sum(each for each in worth if each > 0))
    found = told.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = highs.getSolution().col_value if found else []
    chosen = frozenset(n for n, value in enumerate(values) if value > 0.5) if found else None
    return Solved(chosen, math.floor(bound + 1e-6), proven)


def _model(worth: Sequence[int], rows: Sequence[Row], forced: int | None) -> highspy.HighsLp:
    number = len(worth)
    lower = np.zeros(number)
    if forced is not None:
        lower[forced] = 1
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = number, len(rows)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.array(worth, dtype=np.double)
    lp.col_lower_, lp.col_upper_ = lower, np.ones(number)
    lp.row_lower_ = np.array([row.low for row in rows], dtype=np.double)
    lp.row_upper_ = np.array([row.high for row in rows], dtype=np.double)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * number
    weights = [np.array(row.weights, dtype=np.double) for row in rows]
    places = [np.flatnonzero(row) for row in weights]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = number, len(rows)
    lp.a_matrix_.start_ = np.cumsum([0, *map(len, places)], dtype=np.int32)
    lp.a_matrix_.index_ = np.concatenate([np.empty(0), *places]).astype(np.int32)
    values = [row[at] for row, at in zip(weights, places, strict=True)]
    lp.a_matrix_.value_ = np.concatenate([np.empty(0), *values])
    return lp
