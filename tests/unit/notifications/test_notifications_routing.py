"""Which network carries a text to which number, and what comes after a channel has failed."""

from __future__ import annotations

import pytest

from services.notifications.networks.routing import (
    Route,
    RoutesError,
    best,
    channels_left,
    read_ladder,
    read_routes,
)

KNOWN = ("pocket", "smpp", "twilio_sms")


def test_a_route_names_a_network_and_perhaps_a_prefix_a_cost_and_a_rate() -> None:
    assert read_routes("smpp:+212=0.08@200 twilio_sms=0.55  pocket", KNOWN) == (
        Route("smpp", "+212", 0.08, 200.0),
        Route("twilio_sms", "+", 0.55, None),
        Route("pocket"),
    )


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("", "name a network"),
        ("smpp:0612", "smpp:0612 is not"),
        ("smpp@fast", "smpp@fast is not"),
        ("smpp@0", "never send"),
        ("pigeon", "pigeon is no network"),
        ("smpp:+212@10 smpp@20", "smpp has two rates"),
    ],
)
def test_a_wrong_route_is_told_in_half_a_line(setting: str, says: str) -> None:
    with pytest.raises(RoutesError, match=says):
        read_routes(setting, KNOWN)


@pytest.mark.parametrize("setting", ["", "sms,sms", "sms;whatsapp", "sms,pigeon"])
def test_a_wrong_ladder_is_told(setting: str) -> None:
    with pytest.raises(RoutesError, match="is not an order"):
        read_ladder(setting)


def test_the_longest_prefix_counts_and_then_the_cost() -> None:
    routes = read_routes("smpp:+212=0.50 twilio_sms=0.10 pocket:+212=0.40", KNOWN)
    every = set(KNOWN)
    assert best(routes, "+212600000042", every) == Route("pocket", "+212", 0.40)
    assert best(routes, "+33600000042", every) == Route("twilio_sms", "+", 0.10)
    assert best(routes, "+212600000042", {"smpp"}) == Route("smpp", "+212", 0.50)
    assert best(routes, "+33600000042", {"smpp"}) is None


def test_a_ladder_is_climbed_from_the_channel_that_was_asked_for() -> None:
    ladder = read_ladder("whatsapp, sms")
    assert channels_left(ladder, "whatsapp", ()) == ["whatsapp", "sms"]
    assert channels_left(ladder, "whatsapp", {"whatsapp"}) == ["sms"]
    assert channels_left(ladder, "sms", ()) == ["sms"]
    assert channels_left(ladder, "sms", {"sms"}) == []
    assert channels_left(read_ladder("sms"), "whatsapp", ()) == ["sms"]
