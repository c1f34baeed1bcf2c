"""What holds of floors and drafts, whatever is done in whatever order."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from itertools import islice

from hypothesis import given, strategies as st
from hypothesis.strategies import SearchStrategy

from chassis.kernel.refused import Refused
from services.scheduling.floor import domain
from services.scheduling.floor.assigning import (
    AdoptAssignment,
    AssignmentAdopted,
    Base,
    Certificate,
    PublishAssignmentRules,
    SetUpBooth,
    TakeBackSetUp,
    problem_of,
)
from services.scheduling.floor.domain import (
    AssignBooth,
    BoothAssigned,
    BoothReleased,
    Command,
    FirstFit,
    Floor,
    PublishPlan,
    ReleaseBooth,
    ReleaseExhibitor,
    SwapBooths,
)
from services.scheduling.placing.booths import Booth, Exhibitor
from services.scheduling.placing.checker import faults
from services.scheduling.placing.problem import Placement, Profile
from services.scheduling.placing.rules import AssignmentRules

BOOTHS = tuple(f"A{number}" for number in range(6))
WHO = tuple(
    Exhibitor(f"exhibitor-{n}", "organisation", "products", 1 + n // 3, families=("honey",))
    for n in range(4)
)
booth = st.sampled_from(BOOTHS)
PLANS = st.permutations(BOOTHS).map(
    lambda names: tuple(
        Booth(name, "products", 3.0 * place, 0.0, 3.0, 3.0)
        for place, name in enumerate(names[: 3 + len(names[0]) % 2 + ord(names[0][1]) % 3])
    )
)
DRAFT, ADOPT, LEAVE = "draft", "adopt", "leave"
Step = Command | tuple[str, int, int]
WHOLE = PublishPlan(
    "agadir-2025",
    tuple(Booth(name, "products", 3.0 * n, 0.0, 3.0, 3.0) for n, name in enumerate(BOOTHS)),
    frozenset({"products"}),
)
STEPS: SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        PLANS.map(lambda booths: PublishPlan("agadir-2025", booths, frozenset({"products"}))),
        st.builds(AssignBooth, booth, st.sampled_from(WHO)),
        st.just(FirstFit(WHO)),
        st.builds(ReleaseBooth, booth, st.just("by_hand")),
        st.builds(SwapBooths, booth, booth, st.just({one.exhibitor_id: one for one in WHO})),
        st.builds(SetUpBooth, booth),
        st.builds(TakeBackSetUp, booth, st.just("wrong_booth")),
        st.builds(
            PublishAssignmentRules,
            st.just("agadir-2025"),
            st.integers(0, 3).map(lambda n: AssignmentRules(newcomers_worst_percent=n)),
            st.just(frozenset[str]()),
        ),
        st.tuples(st.just(DRAFT), st.integers(0, 5), st.integers(0, 1)),
        st.tuples(st.just(ADOPT), st.integers(0, 1), st.integers(0, 1)),
        st.tuples(st.just(ADOPT), st.integers(0, 1), st.integers(0, 1)),
        st.tuples(st.just(LEAVE), st.just(0), st.integers(0, 3)),
    ),
    max_size=25,
).map(lambda steps: [WHOLE, (DRAFT, 0, 0), (DRAFT, 3, 1), *steps])


def drawn(floor: Floor, there: dict[str, Exhibitor], first: int) -> AdoptAssignment:
    """A draft on the floor as it is: everybody gets the next booths of the plan, from one on."""
    some = [each for each in there.values() if not each.withdrawn]
    profiles = tuple(
        Profile(each.exhibitor_id, each.organisation_id, each.pole_id, each.booths) for each in some
    )
    standing = floor.standing()
    problem, plan = problem_of(standing, profiles), list(standing.plan.booths)
    booths = iter(plan[first:] + plan[:first])
    placement: dict[str, tuple[str, ...]] = {}
    for each in some:
        placement[each.exhibitor_id] = tuple(sorted(islice(booths, each.booths)))
    feasible: Placement = {who: held for who, held in placement.items() if held}
    ids = frozenset(each.exhibitor_id for each in some)
    seen = (standing.plan.revision, standing.rules_version, standing.adopted)
    base = Base(*seen, problem.present, ids)
    return AdoptAssignment("draft", base, profiles, feasible, Certificate(0, 0, 1), there)


@given(STEPS)
def test_no_booth_has_two_holders_and_what_is_adopted_breaks_no_rule(steps: list[Step]) -> None:
    floor, history = domain.initial(), list[domain.Event]()
    there = {one.exhibitor_id: one for one in WHO}
    drafts: dict[int, AdoptAssignment] = {}
    for number, step in enumerate(steps):
        match step:
            case (what, first, place):
                if what == DRAFT:
                    drafts[place] = replace(drawn(floor, there, first), draft_id=str(number))
                    continue
                if what == LEAVE:
                    who = WHO[place].exhibitor_id
                    there[who] = replace(there[who], withdrawn=True)
                    command: Command = ReleaseExhibitor(who)
                elif place in drafts:
                    command = replace(drafts[place], exhibitors=there)
                else:
                    continue
            case _:
                command = step
        events = decided(command, floor)
        holders = floor.occupied()
        for event in events:
            match event:
                case BoothAssigned(booth_id=booth_id, exhibitor_id=who):
                    assert booth_id not in holders, "a booth has two holders"
                    holders[booth_id] = who
                case BoothReleased(booth_id=booth_id, exhibitor_id=who):
                    assert holders.pop(booth_id) == who
                case AssignmentAdopted(profiles=profiles):
                    assert isinstance(command, AdoptAssignment)
                    assert holders == {
                        each: who for who, held in command.placement.items() for each in held
                    }
                    assert not faults(problem_of(floor.standing(), profiles), command.placement)
                case _:
                    pass
            floor = domain.evolve(floor, event)
        history += events
        assert floor.set_up <= floor.holders.keys() <= floor.plan.booths.keys()
        if isinstance(command, AdoptAssignment):
            assert decided(command, floor) == []
    replayed = domain.initial()
    for event in history:
        replayed = domain.evolve(replayed, event)
    assert replayed == floor


def decided(command: Command, floor: Floor) -> list[domain.Event]:
    """What is decided; a refusal is no events, and neither changes the state."""
    before = deepcopy(floor)
    try:
        return domain.decide(command, floor)
    except Refused:
        return []
    finally:
        assert floor == before, "a decision changed the state"
