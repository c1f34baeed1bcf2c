"""What must hold after any sequence of commands."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, strategies as st

from chassis.kernel.refused import Refused
from chassis.kernel.text import Text
from services.registration.dossiers import domain as dossiers
from services.registration.dossiers.domain import Document
from services.registration.fairs import domain as fairs
from services.registration.organisations import consent, domain as organisations
from services.registration.selection import draw
from services.registration.selection.application import (
    Needs,
    Participation,
    Product,
)
from services.registration.selection.asking import ChangeApplication
from services.registration.selection.domain import (
    AcceptApplication,
    ApplicationChanged,
    ExhibitorRegistered,
    RejectApplication,
    Selection,
    Status,
    SubmitApplication,
    WaitlistApplication,
    WithdrawApplication,
)
from services.registration.selection.publication import HoldDraw, PublishRules
from services.registration.selection.rules import Of, Quota, ScoreTerm

START = datetime(2025, 6, 1, tzinfo=UTC)
PLACES = {"products": 4, "crafts": 2}
TEXT = Text("نص", "texte")
OIL, HONEY = Product("olive_oil", TEXT), Product("honey", TEXT, origin=TEXT)

hours = st.integers(0, 48).map(lambda hour: START + timedelta(hours=hour))
reasons = st.sampled_from(["selected", "incomplete"])
application_ids = st.sampled_from([f"application-{number}" for number in range(9)])

announcements = st.builds(
    fairs.AnnounceFair,
    fair_id=st.just("zagora-2025"),
    edition=st.integers(1, 2),
    name=st.just(TEXT),
    region=st.just(TEXT),
    city=st.just(TEXT),
    venue=st.just(TEXT),
    timezone=st.just("Africa/Casablanca"),
    first_day=st.just(date(2025, 9, 17)),
    last_day=st.sampled_from([date(2025, 9, 16), date(2025, 9, 22)]),
    opens_at=st.just(time(10)),
    closes_at=st.just(time(22)),
    area_m2=st.none(),
    poles=st.just(tuple(fairs.Pole(pole, TEXT, places) for pole, places in PLACES.items())),
    programmes=st.just((fairs.SupportProgramme("mouazara", TEXT),)),
)
changes = st.builds(
    fairs.ChangeFair,
    reason=st.just("bad_weather"),
    edition=st.none() | st.integers(1, 2),
    last_day=st.none() | st.sampled_from([date(2025, 9, 16), date(2025, 9, 23)]),
    timezone=st.sampled_from([None, "Africa/Casablanca", "Europe/Paris"]),
)
products = st.sampled_from([(), (OIL,), (OIL, HONEY)])
applications = st.builds(
    SubmitApplication,
    fair_id=st.just("zagora-2025"),
    application_id=application_ids,
    organisation_id=st.sampled_from([f"organisation-{number}" for number in range(7)]),
    contact_id=st.none(),
    participation=st.sampled_from([Participation.EXHIBITOR] * 4 + [*Participation]),
    pole_id=st.sampled_from(["products", "products", "crafts", "moon"]),
    products=products,
    booths=st.integers(1, 5),
    people=st.just(2),
    needs=st.just(Needs()),
    programmes=st.sampled_from([(), ("mouazara",)]),
    preferences=st.sampled_from([(), ("quiet",)]),
    now=hours,
    late_because=st.sampled_from([None, None, "delegation_sent_it_late"]),
    one_with=st.sampled_from([(), (), ("organisation-0",)]),
)
ordinary_commands: st.SearchStrategy[fairs.Command] = st.one_of(
    announcements,
    changes,
    # One in a hundred: most stories are to go on.
    st.integers(0, 9).flatmap(
        lambda n: st.just(fairs.CancelFair("bad_weather")) if n == 0 else changes
    ),
    st.builds(fairs.OpenCall, closes_at=hours, now=st.just(START)),
    st.builds(fairs.CloseCall, reason=st.just("by_hand")),
    st.builds(fairs.LapseCall, now=hours),
    applications,
    applications,
    st.builds(
        AcceptApplication,
        application_ids,
        reasons,
        st.none() | st.integers(1, 3),
        st.sampled_from([None, None, "products", "crafts", "moon"]),
    ),
    st.builds(
        ChangeApplication,
        application_ids,
        reasons,
        hours,
        products,
        products=st.none() | products,
        participation=st.none() | st.sampled_from(Participation),
        pole_id=st.sampled_from([None, None, "products", "crafts", "moon"]),
        booths=st.none() | st.integers(1, 5),
        programmes=st.sampled_from([None, (), ("mouazara",), ("moon",)]),
        preferences=st.sampled_from([None, (), ("corner",)]),
    ),
    st.builds(WaitlistApplication, application_ids, reasons),
    st.builds(RejectApplication, application_ids, reasons),
    st.builds(WithdrawApplication, application_ids, reasons),
)
SECRET = b"secret"
selection_commands: st.SearchStrategy[fairs.Command] = st.one_of(
    st.builds(
        PublishRules,
        terms=st.sampled_from([(), (ScoreTerm(Of.WOMEN_LED, 5),)]),
        quotas=st.sampled_from([(), (Quota(Of.NEWCOMER, at_least=20, at_most=10),)]),
        offer_hours=st.sampled_from([None, 12]),
        secret_hash=st.just(draw.sum_of(SECRET)),
        now=hours,
    ),
    st.builds(
        HoldDraw,
        secret=st.sampled_from([SECRET.hex(), SECRET.hex(), "00"]),
        word=st.sampled_from(["olive", "زعفران"]),
    ),
)
fair_commands = st.integers(0, 9).flatmap(
    lambda number: selection_commands if number < 2 else ordinary_commands
)
# A fair with an open call, so that most sequences get as far as the selection.
OPENING = [
    fairs.AnnounceFair(
        "zagora-2025", 1, TEXT, TEXT, TEXT, TEXT, "Africa/Casablanca",
        date(2025, 9, 17), date(2025, 9, 22), time(10), time(22), None,
        tuple(fairs.Pole(pole, TEXT, places) for pole, places in PLACES.items()),
        (fairs.SupportProgramme("mouazara", TEXT),),
    ),
    fairs.OpenCall(START + timedelta(hours=40), START),
]  # fmt: skip
fair_stories = st.tuples(st.booleans(), st.lists(fair_commands, max_size=40)).map(
    lambda story: [*OPENING, *story[1]] if story[0] else story[1]
)


def played(commands: list[fairs.Command]) -> tuple[list[fairs.Event], fairs.Fair]:
    events: list[fairs.Event] = []
    fair = fairs.initial()
    for command in commands:
        with suppress(Refused):
            for event in fairs.decide(command, fair):
                events.append(event)
                fair = fairs.evolve(fair, event)
    return events, fair


@given(fair_stories)
def test_replaying_the_events_of_a_fair_gives_its_state(commands: list[fairs.Command]) -> None:
    events, fair = played(commands)
    replayed = fairs.initial()
    for event in events:
        replayed = fairs.evolve(replayed, event)
    assert replayed == fair


@given(fair_stories)
def test_a_command_that_was_carried_out_is_silent_the_second_time(
    commands: list[fairs.Command],
) -> None:
    fair = fairs.initial()
    for command in commands:
        try:
            events = fairs.decide(command, fair)
        except Refused:
            continue
        for event in events:
            fair = fairs.evolve(fair, event)
        assert fairs.decide(command, fair) == []


@given(fair_stories)
def test_deciding_changes_no_state(commands: list[fairs.Command]) -> None:
    fair = fairs.initial()
    for command in commands:
        before = deepcopy(fair)
        events: list[fairs.Event] = []
        with suppress(Refused):
            events = fairs.decide(command, fair)
        assert fair == before
        for event in events:
            fair = fairs.evolve(fair, event)


@given(fair_stories)
def test_places_lists_and_live_applications_agree_with_the_applications(
    commands: list[fairs.Command],
) -> None:
    _, fair = played(commands)
    selection: Selection = fair.selection
    taken: Counter[str] = Counter()
    live: dict[str, str] = {}
    waiting: dict[str, set[str]] = {}
    for application_id, application in selection.applications.items():
        asked = application.submitted
        if application.status is Status.ACCEPTED:
            assert application.booths <= asked.booths
            taken[application.pole_id] += application.places
        elif application.status in (Status.SUBMITTED, Status.WAITLISTED):
            assert (application.pole_id, application.booths) == (asked.pole_id, asked.booths)
        if application.status is Status.WAITLISTED and not application.offers:
            waiting.setdefault(asked.pole_id, set()).add(application_id)
        if application.status not in (Status.REJECTED, Status.WITHDRAWN):
            assert asked.organisation_id not in live, "two live applications"
            live[asked.organisation_id] = application_id
    assert +Counter(selection.taken) == +taken
    assert all(taken[pole] <= places for pole, places in PLACES.items())
    lines = {pole: set(line) for pole, line in selection.waiting.items() if line}
    assert lines == waiting
    assert selection.live == live


@given(fair_stories)
def test_nobody_who_waited_is_overtaken_by_one_who_came_later_with_as_few_booths(
    commands: list[fairs.Command],
) -> None:
    fair = fairs.initial()
    for command in commands:
        before = {pole: list(line) for pole, line in fair.selection.waiting.items()}
        with suppress(Refused):
            for event in fairs.decide(command, fair):
                fair = fairs.evolve(fair, event)
        if not isinstance(command, WithdrawApplication):
            continue
        for line in before.values():
            still = [each for each in line if _status(fair, each) is Status.WAITLISTED]
            moved = [each for each in line if _status(fair, each) is Status.ACCEPTED]
            for one in moved:
                ahead = still[: sum(line.index(each) < line.index(one) for each in still)]
                assert all(_booths(fair, each) > _booths(fair, one) for each in ahead)


changes_of_one = st.builds(
    ChangeApplication,
    st.just("application-1"),
    reasons,
    st.just(START),
    products,
    products=st.none() | products,
    booths=st.none() | st.integers(1, 4),
)


@given(st.lists(changes_of_one, max_size=8))
def test_products_that_a_change_does_not_name_stay_though_no_state_keeps_them(
    commands: list[ChangeApplication],
) -> None:
    asked = SubmitApplication(
        "zagora-2025", "application-1", "organisation-1", None, Participation.EXHIBITOR,
        "products", (OIL,), 1, 2, Needs(), (), START,
    )  # fmt: skip
    days = (date(2025, 9, 17), date(2025, 9, 22))
    announced = fairs.AnnounceFair(
        "zagora-2025", 1, TEXT, TEXT, TEXT, TEXT, "Africa/Casablanca", *days, time(10), time(22),
        None, tuple(fairs.Pole(pole, TEXT, places) for pole, places in PLACES.items()), (),
    )  # fmt: skip
    opened = fairs.OpenCall(closes_at=START + timedelta(days=1), now=START)
    accepted = AcceptApplication("application-1", "selected")
    events, _ = played([announced, opened, asked, *commands, accepted])
    now = (OIL,)
    for event in events:
        if isinstance(event, ApplicationChanged):
            assert "products" in event.changed or event.products == now
            now = event.products
    registered = events[-1]
    assert isinstance(registered, ExhibitorRegistered)
    assert registered.families == tuple(sorted({product.family for product in now}))


def _status(fair: fairs.Fair, application_id: str) -> Status:
    return fair.selection.applications[application_id].status


def _booths(fair: fairs.Fair, application_id: str) -> int:
    return fair.selection.applications[application_id].submitted.booths


contact_ids = st.sampled_from(["contact-1", "contact-2", "contact-3"])
additions = st.builds(consent.AddContact, contact_ids, st.just("chair"), st.booleans())
organisation_commands: st.SearchStrategy[organisations.Command] = st.one_of(
    st.builds(
        organisations.EnrolOrganisation,
        organisation_id=st.just("organisation-1"),
        kind=st.sampled_from(organisations.Kind),
        name=st.just(TEXT),
        province=st.just("azilal"),
        region=st.just("beni-mellal-khenifra"),
        country=st.sampled_from(["MA", "SN"]),
        women_led=st.just(True),
        youth_led=st.just(False),
        contact=st.none() | additions,
    ),
    st.builds(
        organisations.CorrectOrganisation,
        st.just("typing_error"),
        kind=st.none() | st.sampled_from(organisations.Kind),
        country=st.sampled_from([None, "MA", "SN"]),
        women_led=st.sampled_from([None, True, False]),
        founded=st.sampled_from([None, 2012]),
        labels=st.sampled_from([None, (), (organisations.Label("organic"),) * 2]),
        removed=st.sampled_from([(), (organisations.Removable.FOUNDED,)]),
    ),
    st.builds(
        organisations.MergeOrganisation,
        st.sampled_from(["organisation-1", "organisation-2", "organisation-3"]),
        st.just("enrolled_twice"),
    ),
    st.builds(organisations.UnmergeOrganisation, st.just("not_the_same")),
    additions,
    st.builds(consent.GiveConsent, contact_ids),
    st.builds(consent.WithdrawConsent, contact_ids),
    st.builds(consent.CorrectContact, contact_ids),
    st.builds(consent.EraseContact, contact_ids),
)


@given(st.lists(organisation_commands, max_size=40))
def test_an_organisation_replays_and_repeated_commands_are_silent(
    commands: list[organisations.Command],
) -> None:
    events: list[organisations.Event] = []
    organisation = organisations.initial()
    for command in commands:
        before = deepcopy(organisation)
        try:
            decided = organisations.decide(command, organisation)
        except Refused:
            decided = []
        else:
            assert organisation == before
            for event in decided:
                organisation = organisations.evolve(organisation, event)
            assert organisations.decide(command, organisation) == []
        events += decided
    replayed = organisations.initial()
    for event in events:
        replayed = organisations.evolve(replayed, event)
    assert replayed == organisation


@given(st.lists(organisation_commands, max_size=40))
def test_an_erased_contact_stays_erased(commands: list[organisations.Command]) -> None:
    erased: set[str] = set()
    organisation = organisations.initial()
    for command in commands:
        with suppress(Refused):
            for event in organisations.decide(command, organisation):
                if isinstance(event, consent.OfContact):
                    assert event.contact_id not in erased
                if isinstance(event, consent.ContactErased):
                    erased.add(event.contact_id)
                organisation = organisations.evolve(organisation, event)


OF_DOSSIER = ("zagora-2025", "application-1")
august = st.dates(date(2025, 8, 1), date(2025, 8, 4))
papers = st.sampled_from([Document.STATUTES, Document.ONSSA_AUTHORISATION])
mark_commands = st.builds(
    dossiers.MarkApplication,
    fair_id=st.just("zagora-2025"),
    application_id=st.just("application-1"),
    criterion=st.sampled_from(["quality", "pioneer"]),
    mark=st.integers(0, 2),
)
document_commands = st.one_of(
    st.builds(
        dossiers.NoteDocumentSeen,
        *map(st.just, OF_DOSSIER),
        papers,
        august,
        st.just(date(2025, 8, 3)),
        st.none() | august,
        st.sampled_from([None, "MIA.7.84.16"]),
    ),
    st.builds(dossiers.NoteDocumentMissing, *map(st.just, OF_DOSSIER), papers),
    st.builds(dossiers.TakeDocumentNoteBack, *map(st.just, OF_DOSSIER), papers),
)


@given(st.lists(mark_commands | document_commands, max_size=20))
def test_what_was_noted_last_counts(commands: list[dossiers.Command]) -> None:
    state, events = dossiers.initial(), list[dossiers.Event]()
    marks, noted = dict[str, int](), dict[Document, dossiers.Command]()
    for command in commands:
        try:
            decided = dossiers.decide(command, state)
        except Refused:
            continue
        events += decided
        for event in decided:
            state = dossiers.evolve(state, event)
        assert dossiers.decide(command, state) == []
        match command:
            case dossiers.MarkApplication():
                marks[command.criterion] = command.mark
            case dossiers.NoteDocumentSeen() | dossiers.NoteDocumentMissing():
                noted[command.document] = command
            case dossiers.TakeDocumentNoteBack():
                noted.pop(command.document, None)
    assert {name: mark for name, mark in state.marks.items() if mark} == {
        name: mark for name, mark in marks.items() if mark
    }
    assert state.documents.keys() == noted.keys()
    for document, command in noted.items():
        seen = isinstance(state.documents[document], dossiers.DocumentSeen)
        assert seen == isinstance(command, dossiers.NoteDocumentSeen)
    replayed = dossiers.initial()
    for event in events:
        replayed = dossiers.evolve(replayed, event)
    assert replayed == state
