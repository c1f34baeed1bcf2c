"""What contacts do when notifications hears from one of them."""

from __future__ import annotations

from maarid_contracts.notifications import ContactOptedOutV1

from chassis.definition.runtime import Runtime
from chassis.definition.service import Reaction
from chassis.kafka.received import ReceivedEvent
from chassis.kernel.refused import Refused
from services.registration.contacts.handlers import set_consent
from services.registration.organisations.consent import WithdrawConsent
from services.registration.organisations.read import contact_owner

GONE = frozenset({"contact_unknown", "contact_erased"})


async def withdraw_consent(received: ReceivedEvent, runtime: Runtime) -> None:
    """A contact said by its phone that it wants no more messages: it agrees to them no more."""
    opted_out: ContactOptedOutV1 = received.contract
    owner = await contact_owner(runtime.pool, opted_out.contact_id)
    if owner is None:
        return
    try:
        command = WithdrawConsent(opted_out.contact_id)
        await set_consent(runtime, received.context("opt_out"), owner, command)
    except Refused as refused:
        if refused.code not in GONE:
            raise


REACTIONS: tuple[Reaction, ...] = ((ContactOptedOutV1, withdraw_consent),)
