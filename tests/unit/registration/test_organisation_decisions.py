"""Given what is known of an organisation, when somebody asks, then this is decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chassis.kernel.text import Text
from services.registration.organisations.consent import (
    AddContact,
    ConsentGiven,
    ConsentWithdrawn,
    ContactAdded,
    ContactErased,
    CorrectContact,
    EraseContact,
    GiveConsent,
    Purpose,
    PurposeConsentGiven,
    PurposeConsentWithdrawn,
    WithdrawConsent,
)
from services.registration.organisations.domain import (
    DECIDER,
    Command,
    CorrectOrganisation,
    EnrolOrganisation,
    Event,
    Kind,
    Label,
    MergeOrganisation,
    OrganisationCorrected,
    OrganisationEnrolled,
    OrganisationMerged,
    OrganisationUnmerged,
    Removable,
    UnmergeOrganisation,
)
from tests.deciding import given

ORGANISATION = "organisation-1"
ENROL = EnrolOrganisation(
    organisation_id=ORGANISATION,
    kind=Kind.COOPERATIVE,
    name=Text("تعاونية الأمل", "Coopérative Al Amal"),
    province="azilal",
    region="beni-mellal-khenifra",
    country="MA",
    women_led=True,
    youth_led=False,
)
ENROLLED = OrganisationEnrolled(
    ORGANISATION, ENROL.kind, ENROL.name, "azilal", "beni-mellal-khenifra", "MA", True, False
)
ADD = AddContact("contact-1", "chair", consent=False)
ADDED = ContactAdded(ORGANISATION, "contact-1", "chair")
GIVEN = ConsentGiven(ORGANISATION, "contact-1")
WITHDRAWN = ConsentWithdrawn(ORGANISATION, "contact-1")
LISTED = PurposeConsentGiven(ORGANISATION, "contact-1", "catalogue", None, "consent-1")
UNLISTED = PurposeConsentWithdrawn(ORGANISATION, "contact-1", "catalogue")
ERASED = ContactErased(ORGANISATION, "contact-1")
LABELS = (Label("organic", date(2027, 12, 31)), Label("terroir"))
CORRECT = CorrectOrganisation("typing_error", province="beni-mellal", founded=2012)
CORRECTED = OrganisationCorrected(
    ORGANISATION,
    ENROL.kind,
    ENROL.name,
    "beni-mellal",
    "beni-mellal-khenifra",
    women_led=True,
    founded=2012,
    changed=("province", "founded"),
    reason="typing_error",
)
MERGE = MergeOrganisation("organisation-2", "enrolled_twice")
MERGED = OrganisationMerged(ORGANISATION, "organisation-2", "enrolled_twice")
UNMERGE = UnmergeOrganisation("not_the_same")
UNMERGED = OrganisationUnmerged(ORGANISATION, "organisation-2", "not_the_same")
DELEGATION = replace(ENROL, kind=Kind.FOREIGN_DELEGATION, country="SN", province="dakar")


DECIDED: dict[str, tuple[tuple[Event, ...], Command, list[Event]]] = {
    "an organisation is enrolled": ((), ENROL, [ENROLLED]),
    "it is enrolled with all that is said of it": (
        (),
        replace(ENROL, register_number="1254/2019", founded=2012, commune="bzou", labels=LABELS),
        [
            replace(
                ENROLLED, register_number="1254/2019", founded=2012, commune="bzou", labels=LABELS
            )
        ],
    ),
    "an organisation is corrected": ((ENROLLED,), CORRECT, [CORRECTED]),
    "the same correction again is silent": ((ENROLLED, CORRECTED), CORRECT, []),
    "only what is new is named": (
        (ENROLLED, CORRECTED),
        replace(CORRECT, founded=2013),
        [replace(CORRECTED, founded=2013, changed=("founded",))],
    ),
    "a value is taken away": (
        (ENROLLED, CORRECTED),
        CorrectOrganisation("typing_error", removed=(Removable.FOUNDED,)),
        [replace(CORRECTED, founded=None, changed=("founded",))],
    ),
    "what it has not is not taken away": (
        (ENROLLED,),
        CorrectOrganisation("typing_error", removed=tuple(Removable)),
        [],
    ),
    "it loses a label": (
        (ENROLLED, replace(CORRECTED, labels=LABELS)),
        CorrectOrganisation("expired", labels=LABELS[1:]),
        [replace(CORRECTED, labels=LABELS[1:], changed=("labels",), reason="expired")],
    ),
    "a delegation is corrected with its country": (
        (ENROLLED,),
        CorrectOrganisation("typing_error", kind=Kind.FOREIGN_DELEGATION, country="SN"),
        [
            replace(
                CORRECTED,
                kind=Kind.FOREIGN_DELEGATION,
                country="SN",
                province="azilal",
                founded=None,
                changed=("kind", "country"),
            )
        ],
    ),
    "an organisation is merged into another": ((ENROLLED,), MERGE, [MERGED]),
    "merging it again is silent": ((ENROLLED, MERGED), MERGE, []),
    "it is parted": ((ENROLLED, MERGED), UNMERGE, [UNMERGED]),
    "parting it again is silent": ((ENROLLED, MERGED, UNMERGED), UNMERGE, []),
    "what was not merged is not parted": ((ENROLLED,), UNMERGE, []),
    "it is merged into a third one afterwards": (
        (ENROLLED, MERGED, UNMERGED),
        replace(MERGE, into="organisation-3"),
        [replace(MERGED, into="organisation-3")],
    ),
    "it is corrected once it was parted": ((ENROLLED, MERGED, UNMERGED), CORRECT, [CORRECTED]),
    "a contact of one that was merged is still its own": ((ENROLLED, MERGED), ADD, [ADDED]),
    "enrolling it again is silent": ((ENROLLED,), ENROL, []),
    "a delegation comes from abroad": (
        (),
        DELEGATION,
        [replace(ENROLLED, kind=Kind.FOREIGN_DELEGATION, country="SN", province="dakar")],
    ),
    "it is enrolled with a contact": ((), replace(ENROL, contact=ADD), [ENROLLED, ADDED]),
    "it is enrolled with a contact who agrees": (
        (),
        replace(ENROL, contact=replace(ADD, consent=True)),
        [ENROLLED, ADDED, GIVEN],
    ),
    "enrolling it again with its contact is silent": (
        (ENROLLED, ADDED),
        replace(ENROL, contact=ADD),
        [],
    ),
    "a contact is added": ((ENROLLED,), ADD, [ADDED]),
    "a contact who agrees is added": (
        (ENROLLED,),
        replace(ADD, consent=True),
        [ADDED, GIVEN],
    ),
    "adding it again is silent": ((ENROLLED, ADDED), ADD, []),
    "adding it again after its erasure is silent": ((ENROLLED, ADDED, ERASED), ADD, []),
    "a contact agrees": ((ENROLLED, ADDED), GiveConsent("contact-1"), [GIVEN]),
    "agreeing again is silent": ((ENROLLED, ADDED, GIVEN), GiveConsent("contact-1"), []),
    "a contact wants no more messages": (
        (ENROLLED, ADDED, GIVEN),
        WithdrawConsent("contact-1"),
        [WITHDRAWN],
    ),
    "wanting none again is silent": (
        (ENROLLED, ADDED, GIVEN, WITHDRAWN),
        WithdrawConsent("contact-1"),
        [],
    ),
    "who never agreed has nothing to take back": (
        (ENROLLED, ADDED),
        WithdrawConsent("contact-1"),
        [],
    ),
    "a contact agrees again": (
        (ENROLLED, ADDED, GIVEN, WITHDRAWN),
        GiveConsent("contact-1"),
        [GIVEN],
    ),
    "a text that was agreed to is told": (
        (ENROLLED,),
        replace(ADD, consent=True, text_version="consent-1"),
        [ADDED, replace(GIVEN, text_version="consent-1")],
    ),
    "a contact agrees to one channel": (
        (ENROLLED, ADDED, GIVEN),
        GiveConsent("contact-1", channel="sms", text_version="consent-2"),
        [replace(GIVEN, channel="sms", text_version="consent-2")],
    ),
    "agreeing to it again is silent": (
        (ENROLLED, ADDED, GIVEN, replace(GIVEN, channel="sms")),
        GiveConsent("contact-1", channel="sms"),
        [],
    ),
    "and then to every channel": (
        (ENROLLED, ADDED, replace(GIVEN, channel="sms")),
        GiveConsent("contact-1"),
        [GIVEN],
    ),
    "one channel is withdrawn with the whole": (
        (ENROLLED, ADDED, replace(GIVEN, channel="sms")),
        WithdrawConsent("contact-1"),
        [WITHDRAWN],
    ),
    "a contact agrees to be in the catalogue, and to no message": (
        (ENROLLED, ADDED),
        GiveConsent("contact-1", Purpose.CATALOGUE, text_version="consent-1"),
        [LISTED],
    ),
    "being in the catalogue again is silent": (
        (ENROLLED, ADDED, LISTED),
        GiveConsent("contact-1", Purpose.CATALOGUE, text_version="consent-1"),
        [],
    ),
    "who is in the catalogue may agree to messages": (
        (ENROLLED, ADDED, LISTED),
        GiveConsent("contact-1"),
        [GIVEN],
    ),
    "who is in the catalogue has no messages to take back": (
        (ENROLLED, ADDED, LISTED),
        WithdrawConsent("contact-1"),
        [],
    ),
    "a contact wants to be in the catalogue no more": (
        (ENROLLED, ADDED, GIVEN, LISTED),
        WithdrawConsent("contact-1", Purpose.CATALOGUE),
        [UNLISTED],
    ),
    "wanting it no more again is silent": (
        (ENROLLED, ADDED, GIVEN, LISTED, UNLISTED),
        WithdrawConsent("contact-1", Purpose.CATALOGUE),
        [],
    ),
    "a contact may be corrected": ((ENROLLED, ADDED), CorrectContact("contact-1"), []),
    "a contact is erased": ((ENROLLED, ADDED, GIVEN), EraseContact("contact-1"), [ERASED]),
    "erasing it again is silent": ((ENROLLED, ADDED, ERASED), EraseContact("contact-1"), []),
}


@pytest.mark.parametrize(("events", "command", "expected"), DECIDED.values(), ids=DECIDED.keys())
def test_it_is_decided(events: tuple[Event, ...], command: Command, expected: list[Event]) -> None:
    given(DECIDER, *events).when(command).then(*expected)


REFUSED: dict[str, tuple[tuple[Event, ...], Command, str]] = {
    "a delegation from home": (
        (),
        replace(DELEGATION, country="MA"),
        "foreign_delegation_needs_country",
    ),
    "another organisation under the same id": (
        (ENROLLED,),
        replace(ENROL, province="beni-mellal"),
        "organisation_already_enrolled",
    ),
    "enrolling anew what was corrected": (
        (ENROLLED, CORRECTED),
        ENROL,
        "organisation_already_enrolled",
    ),
    "a label twice": ((), replace(ENROL, labels=(*LABELS, Label("organic"))), "label_twice"),
    "a label twice by correction": (
        (ENROLLED,),
        CorrectOrganisation("typing_error", labels=(*LABELS, Label("organic"))),
        "label_twice",
    ),
    "correcting nobody": ((), CORRECT, "organisation_unknown"),
    "correcting a delegation home": (
        (ENROLLED,),
        CorrectOrganisation("typing_error", kind=Kind.FOREIGN_DELEGATION),
        "foreign_delegation_needs_country",
    ),
    "correcting one that was merged": ((ENROLLED, MERGED), CORRECT, "organisation_merged"),
    "merging nobody": ((), MERGE, "organisation_unknown"),
    "parting nobody": ((), UNMERGE, "organisation_unknown"),
    "merging into itself": ((ENROLLED,), replace(MERGE, into=ORGANISATION), "merged_into_itself"),
    "merging it into a third one": (
        (ENROLLED, MERGED),
        replace(MERGE, into="organisation-3"),
        "organisation_merged",
    ),
    "a contact of nobody": ((), ADD, "organisation_unknown"),
    "consent of nobody": ((), GiveConsent("contact-1"), "organisation_unknown"),
    "consent of a stranger": ((ENROLLED,), GiveConsent("contact-1"), "contact_unknown"),
    "taking back a stranger's": ((ENROLLED,), WithdrawConsent("contact-1"), "contact_unknown"),
    "correcting a stranger": ((ENROLLED,), CorrectContact("contact-1"), "contact_unknown"),
    "erasing a stranger": ((ENROLLED,), EraseContact("contact-1"), "contact_unknown"),
    "consent of one erased": (
        (ENROLLED, ADDED, ERASED),
        GiveConsent("contact-1"),
        "contact_erased",
    ),
    "taking back that of one erased": (
        (ENROLLED, ADDED, GIVEN, ERASED),
        WithdrawConsent("contact-1"),
        "contact_erased",
    ),
    "listing one erased": (
        (ENROLLED, ADDED, LISTED, ERASED),
        GiveConsent("contact-1", Purpose.CATALOGUE),
        "contact_erased",
    ),
    "correcting one erased": (
        (ENROLLED, ADDED, ERASED),
        CorrectContact("contact-1"),
        "contact_erased",
    ),
}


@pytest.mark.parametrize(("events", "command", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused(events: tuple[Event, ...], command: Command, code: str) -> None:
    given(DECIDER, *events).when(command).refused(code)
