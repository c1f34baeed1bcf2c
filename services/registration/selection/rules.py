"""By what applications are selected: points for what is known of them, and quotas of places.

Each term and each quota is one sentence: "A cooperative gets 10 points", "At least 40 % of the
places of the pole products go to women-led organisations".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from chassis.kernel.refused import Refused


class Of(StrEnum):
    """What a term or a quota looks at."""

    KIND = "kind"
    PROVINCE = "province"
    PROGRAMME = "programme"
    FAMILY = "family"
    MARK = "mark"
    WOMEN_LED = "women_led"
    YOUTH_LED = "youth_led"
    NEWCOMER = "newcomer"


WITHOUT_VALUE = frozenset({Of.WOMEN_LED, Of.YOUTH_LED, Of.NEWCOMER})
"""An application has them or not; the others ask which one."""
IN_NO_QUOTA = frozenset({Of.FAMILY, Of.MARK})
ONE_OF_EACH = frozenset({Of.KIND, Of.PROVINCE})
"""An application has exactly one: their shares add up."""
PLACES = "places"
"""What binds an application that no quota keeps out: there is no place."""
PIONEER = "pioneer"
"""The criterion by which the team marks pioneers."""


@dataclass(frozen=True, slots=True)
class ScoreTerm:
    """Points for one thing; for a mark, for each point that the team gave."""

    of: Of
    points: int
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """Shares in per cent of the places given, in one pole or in the whole fair."""

    of: Of
    value: str | None = None
    pole_id: str | None = None
    at_least: int = 0
    at_most: int = 100

    @property
    def name(self) -> str:
        """As in `women_led`, `kind:gie`, or `province:azilal/products`."""
        value = "" if self.value is None else f":{self.value}"
        return f"{self.of}{value}" + ("" if self.pole_id is None else f"/{self.pole_id}")


@dataclass(frozen=True, slots=True)
class QuotaTaken(Quota):
    """A quota, and the places that went to those whom it counts."""

    places: int = 0
    of_places: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """`waiting` bounds the waiting list of each pole; None lets all wait that are not accepted."""

    terms: tuple[ScoreTerm, ...]
    quotas: tuple[Quota, ...]
    waiting: int | None = None
    offer_hours: int | None = None


@dataclass(frozen=True, slots=True)
class Applicant:
    """What the rules know of one application; `marks` are those of the team, by criterion."""

    application_id: str
    pole_id: str
    booths: int
    kind: str
    province: str
    programmes: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    women_led: bool = False
    youth_led: bool = False
    newcomer: bool = False
    marks: tuple[tuple[str, int], ...] = ()
    commune: str | None = None

    @property
    def pioneer(self) -> bool:
        """Whether the team marked it as one."""
        return dict(self.marks).get(PIONEER, 0) > 0


def times(of: Of, value: str | None, applicant: Applicant) -> int:
    """How often a term counts for an applicant: 0 or 1, or the team's mark."""
    match of:
        case Of.KIND:
            return int(applicant.kind == value)
        case Of.PROVINCE:
            return int(applicant.province == value)
        case Of.PROGRAMME:
            return int(value in applicant.programmes)
        case Of.FAMILY:
            return int(value in applicant.families)
        case Of.MARK:
            return dict(applicant.marks).get(value or "", 0)
        case Of.WOMEN_LED:
            return int(applicant.women_led)
        case Of.YOUTH_LED:
            return int(applicant.youth_led)
        case Of.NEWCOMER:
            return int(applicant.newcomer)


def points(terms: Iterable[ScoreTerm], applicant: Applicant) -> list[int]:
    """The points of an applicant, term by term."""
    return [term.points * times(term.of, term.value, applicant) for term in terms]


def score(terms: Iterable[ScoreTerm], applicant: Applicant) -> int:
    """The points of an applicant."""
    return sum(points(terms, applicant))


def counts(quota: Quota, applicant: Applicant) -> bool:
    """Whether an applicant is one of those whom a quota is about."""
    return (
        quota.pole_id in (None, applicant.pole_id) and times(quota.of, quota.value, applicant) > 0
    )


def taken(quota: Quota, accepted: Iterable[Applicant]) -> QuotaTaken:
    """The places of those whom a quota counts, and all of which they are a share."""
    places = of_places = 0
    for each in accepted:
        if quota.pole_id in (None, each.pole_id):
            of_places += each.booths
            places += each.booths if counts(quota, each) else 0
    bounds = (quota.of, quota.value, quota.pole_id, quota.at_least, quota.at_most)
    return QuotaTaken(*bounds, places, of_places)


def holds(quota: QuotaTaken) -> bool:
    """Whether a quota is kept; places are whole, so nothing is rounded."""
    least, most = quota.at_least * quota.of_places, quota.at_most * quota.of_places
    return least <= 100 * quota.places <= most


def check(rules: Rules, poles: Mapping[str, int], programmes: Collection[str]) -> None:
    """Raises Refused where rules cannot be read, or cannot be kept whoever applies."""
    for each in (*rules.terms, *rules.quotas):
        if (each.value is None) != (each.of in WITHOUT_VALUE):
            raise Refused("rule_value_wrong", of=each.of)
        if each.of is Of.PROGRAMME and each.value not in programmes:
            raise Refused("programme_unknown", programme_id=each.value)
    named = Counter((term.of, term.value) for term in rules.terms)
    for (of, value), number in named.items():
        if number > 1:
            raise Refused("term_twice", of=of, value=value or "")
    _check_quotas(rules.quotas, poles)


def _check_quotas(quotas: Sequence[Quota], poles: Mapping[str, int]) -> None:
    names: set[str] = set()
    for quota in quotas:
        if quota.of in IN_NO_QUOTA:
            raise Refused("quota_impossible", of=quota.of)
        if quota.pole_id is not None and quota.pole_id not in poles:
            raise Refused("pole_unknown", pole_id=quota.pole_id)
        if quota.at_least > quota.at_most:
            least, most = quota.at_least, quota.at_most
            raise Refused("shares_out_of_order", quota=quota.name, at_least=least, at_most=most)
        if quota.name in names:
            raise Refused("quota_twice", quota=quota.name)
        names.add(quota.name)
    exclusive = sorted((q for q in quotas if q.of in ONE_OF_EACH), key=_dimension)
    for (of, pole_id), group in groupby(exclusive, key=_dimension):
        if (sum_ := sum(quota.at_least for quota in group)) > 100:
            raise Refused("shares_over_hundred", of=of, pole_id=pole_id, sum=sum_)


def _dimension(quota: Quota) -> tuple[str, str]:
    return quota.of, quota.pole_id or ""
