"""What WhatsApp has not approved goes by SMS; what it has goes by its name, its places filled."""

from __future__ import annotations

from services.notifications.messages.whatsapp import Approvals, State
from tests.conftest import Databases
from tests.integration.notifications.scripted import DELIVERED, Scripted, sending_by


def whatsapp() -> Scripted:
    """A network that takes approved texts alone."""
    network = Scripted("whatsapp", DELIVERED)
    network.templates_alone = True
    return network


async def test_a_text_that_is_pending_goes_by_sms_at_once(database: Databases) -> None:
    network, sms = whatsapp(), Scripted("sms", DELIVERED)
    async with sending_by(database, network, sms) as sending:
        message = await sending.asked()
        await sending.round()
        assert await sending.way(message) == ["sent 1", "delivered"]
        assert (await sending.row(message))["channel"] == "sms"
        assert (network.taken, len(sms.taken)) == ([], 1)


async def test_an_approved_text_goes_by_its_name_in_the_first_language_that_has_it(
    database: Databases,
) -> None:
    network, sms = whatsapp(), Scripted("sms", DELIVERED)
    # The contact reads French and then Arabic.
    arabic = Approvals({"ar": {"booth_assigned": State.APPROVED}})
    async with sending_by(database, network, sms, approvals=arabic) as sending:
        message = await sending.asked()
        await sending.round()
        row = await sending.row(message)
        assert (row["channel"], row["language"]) == ("whatsapp", "ar")
        (taken,) = network.taken
        assert (taken.template, taken.language, sms.taken) == ("booth_assigned", "ar", [])
        assert "P-012" in taken.values


async def test_where_nothing_else_carries_it_a_pending_text_fails(database: Databases) -> None:
    network = whatsapp()
    async with sending_by(database, network) as sending:
        message = await sending.asked()
        await sending.round()
        assert await sending.way(message) == ["failed"]
        assert (await sending.row(message))["reason"] == "no_network"
        assert network.taken == []
