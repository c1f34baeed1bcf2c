"""Whole numbers from shares, the same ones every time."""

from __future__ import annotations

from collections.abc import Sequence


def apportion(total: int, weights: Sequence[float], *, at_least: int = 0) -> list[int]:
    """Divide `total` by weights (largest remainders first), each part `at_least` so much.

    Raises ValueError when the least parts alone are more than the total, or no weight is positive.
    """
    rest = total - at_least * len(weights)
    whole = sum(weights)
    if rest < 0 or whole <= 0:
        raise ValueError(f"{total} cannot be divided by the weights {list(weights)}")
    wanted = [max(total * weight / whole - at_least, 0.0) for weight in weights]
    surplus = sum(wanted)
    exact = [rest * part / surplus for part in wanted] if surplus else wanted
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for index in by_remainder[: rest - sum(parts)]:
        parts[index] += 1
    return [part + at_least for part in parts]


def spread(count: int, share: float) -> list[bool]:
    """`count` answers of which `share` are yes, evenly spread."""
    return [int((i + 1) * share + 1e-9) > int(i * share + 1e-9) for i in range(count)]
