"""How many codes are sent, and to whom no more: what keeps others from spending our money.

Every limit is a window that slides, over the codes that were asked for.  Those that depend on the
number are kept silently: whoever asks must not learn whether somebody else has asked for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

MINUTE, HOUR, DAY = 60, 3600, 86400


class Limit(StrEnum):
    """What is bounded.  The first four are told with 429, the last two with the usual answer."""

    SPEND = "spend"
    ALL = "all"
    FAIR = "fair"
    ADDRESS = "address"
    PREFIX = "prefix"
    NUMBER = "number"


SILENT = frozenset({Limit.PREFIX, Limit.NUMBER})
ALARMING = frozenset({Limit.SPEND, Limit.ALL, Limit.FAIR, Limit.PREFIX})
"""What people who mistype, or share a network, do not reach."""


@dataclass(frozen=True, slots=True)
class Rule:
    """At most so many codes, or for `SPEND` dirhams, in any so many seconds."""

    limit: Limit
    most: Decimal
    seconds: int


@dataclass(frozen=True, slots=True)
class Use:
    """What a rule has counted, and for how many seconds more the oldest of it counts."""

    used: Decimal
    oldest_leaves: float


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit that was reached, and after how many seconds it is worth asking again."""

    limit: Limit
    retry_after: int


def rules(*, an_hour: int, per_fair: int, per_address: int, mad_a_day: Decimal) -> tuple[Rule, ...]:
    """All rules, in the order in which they are looked at."""
    return (
        Rule(Limit.SPEND, mad_a_day, DAY),
        Rule(Limit.ALL, Decimal(an_hour), HOUR),
        Rule(Limit.FAIR, Decimal(per_fair), 10 * MINUTE),
        Rule(Limit.ADDRESS, Decimal(per_address), 10 * MINUTE),
        Rule(Limit.PREFIX, Decimal(10), HOUR),
        Rule(Limit.NUMBER, Decimal(3), 10 * MINUTE),
        Rule(Limit.NUMBER, Decimal(8), DAY),
    )


def reached(of: Sequence[tuple[Rule, Use]], cost_mad: Decimal) -> Reached | None:
    """The first limit that one more code, at this cost, would pass; None where none is."""
    for rule, use in of:
        more = cost_mad if rule.limit is Limit.SPEND else Decimal(1)
        if use.used + more > rule.most:
            return Reached(rule.limit, max(1, math.ceil(use.oldest_leaves)))
    return None
