"""The networks that settings name, and what reads their posts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from services.notifications.networks.network import Incoming, Network
from services.notifications.networks.smpp import Smpp, SmppAccount
from services.notifications.networks.twilio import Twilio, TwilioAccount, TwilioHooks, hook_of
from services.notifications.networks.whatsapp import WhatsApp, WhatsAppAccount, WhatsAppHooks
from services.notifications.settings import AccountSettings

WHATSAPP, TWILIO_SMS, TWILIO_WHATSAPP = "whatsapp", "twilio_sms", "twilio_whatsapp"


def makers_of(settings: AccountSettings) -> Mapping[str, Callable[[], Network]]:
    """How the network of each account that is set is made, by its name."""
    found: dict[str, Callable[[], Network]] = {}
    if (whatsapp := whatsapp_account(settings)) is not None:
        found[WHATSAPP] = partial(WhatsApp, whatsapp)
    if (sms := _twilio_account(settings, settings.twilio_sms_sender, TWILIO_SMS)) is not None:
        found[TWILIO_SMS] = partial(Twilio, sms, "sms")
    sender = settings.twilio_whatsapp_sender
    if (account := _twilio_account(settings, sender, TWILIO_WHATSAPP)) is not None:
        found[TWILIO_WHATSAPP] = partial(Twilio, account, "whatsapp", settings.twilio_contents)
    if (smpp := _smpp_account(settings)) is not None:
        found[Smpp.name] = partial(Smpp, smpp)
    return found


def networks_from(settings: AccountSettings) -> list[Network]:
    """The networks of the accounts that are set, to be closed in the end; none where none is."""
    return [make() for make in makers_of(settings).values()]


def hooks_of(settings: AccountSettings, network: str) -> Incoming | None:
    """What reads the posts of a network; None where it is not set up, or posts nothing."""
    match network:
        case "whatsapp":
            return whatsapp_hooks(settings)
        case "twilio_sms" | "twilio_whatsapp" if settings.twilio_auth_token is not None:
            return TwilioHooks(settings.twilio_auth_token)
        case _:
            return None


def whatsapp_hooks(settings: AccountSettings) -> WhatsAppHooks | None:
    """What reads the posts of the Cloud API."""
    account = whatsapp_account(settings)
    return None if account is None else WhatsAppHooks(account)


def whatsapp_account(settings: AccountSettings) -> WhatsAppAccount | None:
    """The number at the Cloud API, if one is set."""
    number, token = settings.whatsapp_number_id, settings.whatsapp_token
    secret, word = settings.whatsapp_app_secret, settings.whatsapp_verify_token
    if number is None or token is None or secret is None or word is None:
        return None
    return WhatsAppAccount(settings.whatsapp_url, number, token, secret, word)


def _twilio_account(
    settings: AccountSettings, sender: str | None, name: str
) -> TwilioAccount | None:
    sid, token, url = settings.twilio_account_sid, settings.twilio_auth_token, settings.public_url
    if sid is None or token is None or url is None or sender is None:
        return None
    return TwilioAccount(settings.twilio_url, sid, token, sender, hook_of(url, name))


def _smpp_account(settings: AccountSettings) -> SmppAccount | None:
    address, name = settings.smpp_address, settings.smpp_system_id
    password, sender = settings.smpp_password, settings.smpp_sender
    if address is None or name is None or password is None or sender is None:
        return None
    host, _, port = address.rpartition(":")
    return SmppAccount(host, int(port), name, password, sender)
