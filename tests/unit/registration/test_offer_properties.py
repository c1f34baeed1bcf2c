"""What holds of offers after any sequence of answers, deadlines, withdrawals and decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import event as note, given, strategies as st

from chassis.kernel.refused import Refused
from services.registration.fairs import domain as fairs
from services.registration.selection.domain import Selection, Status, places_of
from services.registration.selection.offering import (
    AcceptOffer,
    BeginOffer,
    DeclineOffer,
    LapseOffer,
    OfferLapsed,
    PlaceOffered,
    Told,
)
from services.registration.selection.publication import SelectionRulesPublished
from tests.unit.registration.a_fair import (
    ANNOUNCED,
    FAIR,
    NOW,
    OPENED,
    PRODUCTS_POLE,
    SubmitApplication,
    accept,
    apply,
    reject,
    submitted,
    waitlist,
    withdraw,
)

PLACES, HOURS = PRODUCTS_POLE.places, 48
RULES = SelectionRulesPublished((), (), None, HOURS, fair_id=FAIR, secret_hash="ab" * 32)


@dataclass
class Story:
    """A fair on which is decided, step by step, and what was decided."""

    asked: list[SubmitApplication]
    fair: fairs.Fair = field(default_factory=fairs.initial)
    events: list[fairs.Event] = field(default_factory=list[fairs.Event])

    def __post_init__(self) -> None:
        for happened in (ANNOUNCED, OPENED, RULES, *map(submitted, self.asked)):
            self._evolve(happened)
        for asked in self.asked:  # As many as fit are in, the others wait.
            try:
                self.does(accept(asked))
            except Refused:
                self.does(waitlist(asked))

    def does(self, command: fairs.Command) -> list[fairs.Event]:
        """Raises Refused."""
        decided = fairs.decide(command, self.fair)
        for happened in decided:
            self._evolve(happened)
        return decided

    def _evolve(self, happened: fairs.Event) -> None:
        self.events.append(happened)
        self.fair = fairs.evolve(self.fair, happened)

    def status(self, asked: SubmitApplication) -> Status:
        return self.selection.applications[asked.application_id].status

    @property
    def selection(self) -> Selection:
        return self.fair.selection


WHAT = "withdraw withdraw take decline begin lapse lapse accept reject waitlist fewer"
# What is done, to the how-maniest application or offer, and after how many more hours.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(WHAT.split()),
        st.integers(0, 8),
        st.sampled_from([0, 1, HOURS - 1, HOURS, HOURS + 1]),
    ),
    min_size=12,
    max_size=30,
)
STORIES = st.tuples(st.lists(st.sampled_from([1, 1, 2, 3]), min_size=5, max_size=9), STEPS)


def told(story: Story, steps: list[tuple[str, int, int]]) -> Iterator[tuple[int, fairs.Command]]:
    """The commands of a story, each made when it comes to it, with the hour at which it does.

    Mostly of what can be asked then: who takes part withdraws, who waits is decided on, and the
    last offers are answered, for those before have ended.
    """
    hour = 0
    for what, number, delay in steps:
        hour += delay
        now = NOW + timedelta(hours=hour)
        wanted = Status.ACCEPTED if what == "withdraw" else Status.WAITLISTED
        fitting = [each for each in story.asked if story.status(each) is wanted] or story.asked
        asked = fitting[number % len(fitting)]
        made = list(story.selection.offers.made)
        offer_id = made[-1 - number % min(3, len(made))] if made else "none"
        commands: dict[str, Callable[[], fairs.Command]] = {
            "withdraw": lambda asked=asked: withdraw(asked),
            "take": lambda id_=offer_id, now=now: AcceptOffer(id_, now),
            "decline": lambda id_=offer_id, now=now: DeclineOffer(id_, now, "no_time"),
            "begin": lambda id_=offer_id, now=now: BeginOffer(id_, now, Told.DELIVERED),
            "lapse": lambda id_=offer_id, now=now: LapseOffer(id_, now),
            "accept": lambda asked=asked: accept(asked),
            "fewer": lambda asked=asked: accept(asked, booths=1),
            "reject": lambda asked=asked: reject(asked),
            "waitlist": lambda asked=asked: waitlist(asked),
        }
        yield hour, commands[what]()


@given(STORIES)
def test_no_place_is_kept_twice_nobody_is_overtaken_and_nothing_lapses_early(
    told_story: tuple[list[int], list[tuple[str, int, int]]],
) -> None:
    wanted, steps = told_story
    story = Story([apply(str(number), booths) for number, booths in enumerate(wanted)])
    for hour, command in told(story, steps):
        line = list(story.selection.waiting.get("products", ()))
        standing = dict(story.selection.offers.standing)
        decided: list[fairs.Event] = []
        with suppress(Refused):
            decided = story.does(command)
            if not isinstance(command, LapseOffer):
                assert fairs.decide(command, story.fair) == []
        offered = [each for each in decided if isinstance(each, PlaceOffered)]
        note(f"{len(offered)} offers by one command")
        _check_places(story.selection)
        for each in offered:
            assert each.application_id not in standing, "offered twice at once"
            ahead = line[: line.index(each.application_id)]
            passed = [id_ for id_ in ahead if id_ in story.selection.waiting["products"]]
            assert all(_wanted(story, id_) > each.booths for id_ in passed), "overtaken"
        for each in decided:
            if isinstance(each, OfferLapsed):
                assert each.lapsed_at <= NOW + timedelta(hours=hour), "lapsed early"
    replayed = fairs.initial()
    for happened in story.events:
        replayed = fairs.evolve(replayed, happened)
    assert replayed == story.fair


def _wanted(story: Story, application_id: str) -> int:
    return story.selection.applications[application_id].places


def _check_places(selection: Selection) -> None:
    """Given and kept places are no more than there are, and are what the applications say."""
    given_: Counter[str] = Counter()
    for application in selection.applications.values():
        if application.status is Status.ACCEPTED:
            kind = application.submitted.participation
            given_[application.pole_id] += places_of(kind, application.booths)
    offers = selection.offers
    kept: Counter[str] = Counter()
    for application_id, offer_id in offers.standing.items():
        offer = offers.made[offer_id]
        assert offer.ended is None
        assert offer.application_id == application_id
        assert selection.applications[application_id].status is Status.WAITLISTED
        assert application_id not in selection.waiting["products"]
        kept[offer.pole_id] += offer.booths
    assert +Counter(offers.held) == +kept
    assert given_["products"] + kept["products"] <= PLACES
    ended = {id_ for id_, offer in offers.made.items() if offer.ended is None}
    assert ended == set(offers.standing.values())
