"""What befalls the texts of a pocket phone that is played."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from services.notifications.networks.mischief import Mischief

IDS = [str(UUID(int=at)) for at in range(4000)]


def test_the_same_seed_does_the_same_and_another_does_otherwise() -> None:
    fates = [Mischief(7).fate_of(each, "whatsapp") for each in IDS]
    assert fates == [Mischief(7).fate_of(each, "whatsapp") for each in IDS]
    assert fates != [Mischief(8).fate_of(each, "whatsapp") for each in IDS]
    assert fates != [Mischief(7).fate_of(each, "sms") for each in IDS]


def test_everything_that_networks_do_befalls_some_texts_and_most_arrive() -> None:
    whatsapp, sms = (
        Counter(
            fate.refused or ("lost", "arrives")[fate.arrives] + f" {len(fate.reports)}"
            for fate in (Mischief(1).fate_of(each, channel) for each in IDS)
        )
        for channel in ("whatsapp", "sms")
    )
    assert set(whatsapp) == {"no_whatsapp", "lost 1", "arrives 0", "arrives 1", "arrives 2"}
    assert set(sms) == {"lost 1", "lost 0", "arrives 0", "arrives 1"}
    assert whatsapp["arrives 1"] + whatsapp["arrives 2"] > 0.7 * len(IDS)
    assert sms["arrives 1"] > 0.9 * len(IDS)


def test_a_text_is_read_after_it_was_delivered() -> None:
    for each in IDS:
        reports = Mischief(1).fate_of(each, "whatsapp").reports
        outcomes = [later.receipt.outcome for later in reports]
        assert outcomes in (["failed"], [], ["delivered"], ["delivered", "read"])
        assert sorted(later.seconds for later in reports) == [later.seconds for later in reports]
