"""A message of the team to many: drafted, counted, previewed, sent, held and stopped."""

from __future__ import annotations

from tests.integration.notifications.campaigning import (
    CANARY,
    FR,
    drafted,
    exhibitors,
    in_state,
)
from tests.integration.notifications.running_notifications import Notifications


async def test_a_campaign_reaches_each_of_its_contacts_once(notifications: Notifications) -> None:
    fair = await notifications.fair()
    contacts = await exhibitors(notifications, fair, 20)
    draft = await drafted(notifications, fair)
    assert draft["state"] == "drafted"
    assert draft["reach"]["contacts"] == draft["reach"]["with_consent"] == 20
    campaign = draft["campaign_id"]
    await notifications.done(f"/campaigns/{campaign}/start")
    ended = await in_state(notifications, campaign, "finished")
    assert ended["progress"]["recipients"] == ended["progress"]["asked_for"] == 20
    for contact in contacts:
        (text,) = [one for one in await notifications.texts(contact) if CANARY in one]
        assert text.startswith("Salon de Ouarzazate : ")
        assert FR in text
