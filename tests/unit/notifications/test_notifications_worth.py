"""How long a message is worth telling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.notifications.app import definition
from services.notifications.messages.overtaking import OVERTAKING
from services.notifications.messages.policies import overtake
from services.notifications.messages.tellings import QUESTIONS, TELLINGS, Template
from services.notifications.messages.worth import DAY, WORTH, is_too_late, worth_of

HAPPENED = datetime(2025, 9, 18, 9, tzinfo=UTC)


def test_each_template_says_how_long_it_is_worth_telling() -> None:
    assert set(WORTH) == set(Template)


@pytest.mark.parametrize("template", Template)
def test_a_message_is_too_late_once_its_time_is_over(template: Template) -> None:
    over = HAPPENED + worth_of(template).lasts
    assert not is_too_late(template, HAPPENED, over - timedelta(microseconds=1))
    assert is_too_late(template, HAPPENED, over)


def test_a_message_about_a_session_is_too_late_once_that_has_begun() -> None:
    starts_at = HAPPENED + timedelta(hours=1)
    reserved = Template.SEAT_RESERVED
    assert not is_too_late(reserved, HAPPENED, HAPPENED, starts_at)
    assert is_too_late(reserved, HAPPENED, starts_at, starts_at)


def test_a_reminder_ends_with_the_day_before() -> None:
    assert worth_of(Template.SESSION_TOMORROW).lasts == timedelta(hours=6)


def test_a_template_of_another_version_is_worth_telling_for_a_day_and_not_twice() -> None:
    assert worth_of("never_heard_of").lasts == DAY
    assert not worth_of("never_heard_of").twice


def test_what_asks_for_something_is_neither_told_twice_nor_held_nor_put_off() -> None:
    for template in QUESTIONS:
        worth = worth_of(template)
        assert (worth.twice, worth.follows_others, worth.at_night) == (False, False, True)


def test_what_overtakes_is_heard_and_overtakes_what_is_told() -> None:
    told = {telling.template for telling in TELLINGS} | {Template.SESSION_TOMORROW}
    policies = {
        contract: those
        for subscription in definition().subscriptions
        for contract, those in subscription.policies.items()
    }
    for contract, overtaking in OVERTAKING.items():
        assert list(policies[contract]).count(overtake) == 1
        assert set(overtaking.templates) <= told
