"""Makes up the organisations of one group after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from maarid_contracts.registration import Language, OrganisationKind

from scenarios import words
from scenarios.cast import Application, Contact, Course, Name, Needs, Organisation, Product
from scenarios.model import Featured, Group, Scenario
from scenarios.naming import Naming, as_name
from scenarios.people import People
from scenarios.shares import apportion, spread

Item = TypeVar("Item")

_REJECTIONS = ("dossier_incomplete", "outside_the_theme", "hand_made_share_too_low")


@dataclass(frozen=True)
class _Traits:
    """What was drawn for one member of a group."""

    province: str
    family: str | None
    women_led: bool
    youth_led: bool
    needs: Needs


class Founder:
    """Founds organisations; what it draws follows from the scenario's seed alone."""

    def __init__(self, scenario: Scenario) -> None:
        seed = f"{scenario.fair_id}/{scenario.seed}"
        self._scenario = scenario
        self._random = Random(f"{seed}/organisations")
        self._people = People(seed, scenario.contacts)
        self._naming = Naming(seed)
        self._bodies = iter(words.organisations().bodies)
        self._delegations = iter(words.organisations().delegations)
        self._number = 0

    def group(
        self, group: Group, featured: Sequence[Featured], outside: Sequence[Course]
    ) -> Iterator[Organisation]:
        """The members of a group, the featured ones first, and then those who do not get in."""
        courses = [Course.ACCEPTED] * group.count + list(outside)
        traits = self._traits(group, len(courses))
        for index, (course, drawn) in enumerate(zip(courses, traits, strict=True)):
            self._number += 1
            if index < len(featured):
                yield self._featured(group, featured[index])
            elif group.kind is OrganisationKind.FOREIGN_DELEGATION:
                yield self._delegation(group, drawn)
            else:
                yield self._member(group, drawn, course)

    def experts(self) -> Organisation:
        """Those who send the speakers, and do not apply."""
        region = self._scenario.fair.region
        return Organisation(
            key="experts",
            kind=OrganisationKind.ASSOCIATION,
            name=Name("شبكة مكوني التعاونيات", "Réseau des formateurs des coopératives"),
            province=words.regions()[region].provinces[0].slug,
            region=region,
            country="MA",
            women_led=False,
            youth_led=False,
            contacts=tuple(
                self._people.contact("trainer") for _ in range(self._scenario.contacts.experts)
            ),
            application=None,
        )

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """The items in an order that follows from the seed."""
        order = list(items)
        self._random.shuffle(order)
        return order

    def _member(self, group: Group, drawn: _Traits, course: Course) -> Organisation:
        name = (
            self._naming.body(next(self._bodies), self._scenario.fair.region)
            if group.kind is OrganisationKind.INSTITUTION and not group.title
            else self._naming.of(group, drawn.family, drawn.province)
        )
        role = "delegate" if group.is_partner else "chair"
        return Organisation(
            key=self._key(),
            kind=group.kind,
            name=name,
            province=drawn.province,
            region=words.provinces()[drawn.province].region,
            country="MA",
            women_led=drawn.women_led,
            youth_led=drawn.youth_led,
            contacts=(self._contact(role, drawn.women_led),),
            application=self._application(
                group,
                products=self._products(drawn.family),
                # Whoever waits asks for nothing, so that any place given back will do.
                needs=drawn.needs if course is Course.ACCEPTED else Needs(),
                course=course,
            ),
        )

    def _featured(self, group: Group, featured: Featured) -> Organisation:
        product = Product(featured.family, Name(**featured.product.model_dump()))
        return Organisation(
            key=self._key(),
            kind=group.kind,
            name=Name(**featured.name.model_dump()),
            province=featured.province,
            region=words.provinces()[featured.province].region,
            country="MA",
            women_led=featured.women_led,
            youth_led=False,
            contacts=(self._contact("chair", featured.women_led),),
            application=self._application(
                group,
                products=(product,),
                needs=Needs(corner=featured.pioneer),
                course=Course.ACCEPTED,
                featured=featured,
            ),
        )

    def _delegation(self, group: Group, drawn: _Traits) -> Organisation:
        delegation = next(self._delegations)
        language = Language(delegation.language)
        return Organisation(
            key=self._key(),
            kind=group.kind,
            name=as_name(delegation.name),
            province=delegation.slug,
            region=delegation.slug,
            country=delegation.country,
            women_led=drawn.women_led,
            youth_led=drawn.youth_led,
            contacts=(self._people.from_abroad("delegate", language),),
            application=self._application(
                group,
                products=self._products(drawn.family),
                needs=drawn.needs,
                course=Course.ACCEPTED,
            ),
        )

    def _application(
        self,
        group: Group,
        *,
        products: tuple[Product, ...],
        needs: Needs,
        course: Course,
        featured: Featured | None = None,
    ) -> Application:
        return Application(
            participation=group.participation,
            pole_id=group.pole,
            products=products,
            booths=group.booths,
            people=group.booths * self._scenario.exhibitors.people_per_booth,
            needs=needs,
            programmes=(),
            course=course,
            reason=self._reason(course),
            marks=group.marks,
            featured=featured is not None,
            pioneer=featured is not None and featured.pioneer,
        )

    def _key(self) -> str:
        return f"organisation-{self._number:03d}"

    def _contact(self, role: str, women_led: bool) -> Contact:
        return self._people.contact(role, woman=True if women_led else None)

    def _traits(self, group: Group, count: int) -> list[_Traits]:
        needs = group.needs
        rows = zip(
            self._dealt(self._provinces(group), count),
            self._dealt(dict.fromkeys(group.families, 1.0), count) or [None] * count,
            self._shares(count, group.women_led),
            self._shares(count, group.youth_led),
            self._shares(count, needs.electricity),
            self._shares(count, needs.water),
            self._shares(count, needs.corner),
            self._shares(count, needs.step_free),
            strict=True,
        )
        return [
            _Traits(province, family, women, youth, Needs(*wanted))
            for province, family, women, youth, *wanted in rows
        ]

    def _provinces(self, group: Group) -> Mapping[str, float]:
        region = words.regions()[self._scenario.fair.region]
        return group.provinces or {province.slug: 1.0 for province in region.provinces}

    def _dealt(self, weights: Mapping[str, float], count: int) -> list[str]:
        """`count` keys by weight, each at least once where there is room for all."""
        if not weights:
            return []
        least = 1 if count >= len(weights) else 0
        parts = apportion(count, list(weights.values()), at_least=least)
        dealt = [key for key, part in zip(weights, parts, strict=True) for _ in range(part)]
        return self.shuffled(dealt)

    def _shares(self, count: int, share: float) -> list[bool]:
        return self.shuffled(spread(count, share))

    def _products(self, family: str | None) -> tuple[Product, ...]:
        if family is None:
            return ()
        some = self._random.sample(words.families()[family].products, k=2)
        return tuple(Product(family, as_name(each.name), self._origin(each)) for each in some)

    def _origin(self, goods: words.Goods) -> Name | None:
        here = goods.region == self._scenario.fair.region
        return as_name(goods.origin) if goods.origin is not None and here else None

    def _reason(self, course: Course) -> str:
        match course:
            case Course.REJECTED:
                return self._random.choice(_REJECTIONS)
            case Course.WAITLISTED:
                return "pole_full"
            case Course.TAKEN_BACK:
                return "applied_by_mistake"
            case Course.ACCEPTED | Course.WITHDRAWS_BEFORE_PLAN | Course.WITHDRAWS_AFTER_PLAN:
                return "selected"
