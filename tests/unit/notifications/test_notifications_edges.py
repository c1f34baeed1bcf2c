"""What texts, keys, links and routes do at their edges."""

from __future__ import annotations

from pathlib import Path
from typing import cast
from uuid import uuid4

import pytest
from fluent.syntax import FluentParser, ast

from chassis.kernel.refused import Refused
from services.notifications.codes.keys import CodeKeysError, read_keys
from services.notifications.fairs.fair import Named
from services.notifications.messages import completeness, texts, variants
from services.notifications.messages.filling import Facts, fill
from services.notifications.messages.overtaking import overtaking_of
from services.notifications.messages.tellings import Template
from services.notifications.messages.texts import TextMissing, greeting
from services.notifications.networks.carriers import Carriers, only
from services.notifications.networks.network import Network, Throttled
from services.notifications.networks.references import number_in, reference_in
from services.notifications.networks.routing import Route
from services.notifications.replies.domain import (
    DECIDER,
    Contact,
    ContactOptedOut,
    contact_stream,
)
from services.notifications.replies.links import link_of, message_in, token_of
from tests.integration.notifications.received import assigned, lapsed, offered
from tests.integration.notifications.scripted import DELIVERED, Scripted

SECRET = "s" * 32
NOTHING_KNOWN = Facts(fairs={}, halls=cast("dict[tuple[str, str], Named]", {}), workshops={})


def test_a_file_of_keys_that_is_no_text_says_so(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(CodeKeysError, match="holds no keys: it is not text"):
        read_keys(path)
    with pytest.raises(CodeKeysError, match="cannot be read"):
        read_keys(tmp_path / "none")
    path.write_text("aa")
    with pytest.raises(CodeKeysError, match="line 1 is not"):
        read_keys(path)


def test_our_texts_are_whole_and_tamazight_lacks_some() -> None:
    assert completeness.lacking() is None
    assert Template.FAIR_CANCELLED.value in completeness.missing("zgh")
    assert completeness.missing("fr") == []


def test_a_code_that_was_asked_for_at_no_fair_is_filled_without_one() -> None:
    assert fill({"named": "false"}, None, NOTHING_KNOWN) == {"named": "false"}


def test_what_overtakes_nothing_and_what_names_nobody() -> None:
    assert overtaking_of(assigned("fair", str(uuid4()))) is None
    gone = overtaking_of(lapsed(offered("fair", str(uuid4()))))
    assert gone is not None
    assert gone.templates == (Template.PLACE_OFFERED,)


def test_a_language_without_a_greeting_has_no_text_for_whatsapp(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(texts, "GREETING", "never_heard_of")
    with pytest.raises(TextMissing):
        greeting("fr")


def test_a_text_that_calls_a_function_cannot_be_taken_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = FluentParser().parse("odd = { NUMBER(1) }\n").body
    odd = {each.id.name: each for each in body if isinstance(each, ast.Message)}

    def messages_in(language: str) -> dict[str, ast.Message]:
        return odd

    monkeypatch.setattr(variants, "messages_in", messages_in)
    with pytest.raises(ValueError, match="nothing else"):
        variants.parts_of(variants.Variant("odd", "odd", {}), "fr")


def test_a_contact_that_opts_out_is_the_same_contact() -> None:
    contact = Contact()
    assert contact_stream("c-1").name == "contact-c-1"
    assert DECIDER.evolve(contact, ContactOptedOut(str(uuid4()), "whatsapp")) is contact


def test_a_link_works_until_its_moment_and_no_other_spelling_does() -> None:
    message = str(uuid4())
    token = token_of(SECRET, message, 1_000)
    assert link_of("https://fair.example", SECRET, message, 1_000).endswith(f"/answers/{token}")
    assert message_in(SECRET, token, 999) == message
    for wrong, code in (
        ("!", "link_invalid"),
        ("AAAA", "link_invalid"),
        (token_of("t" * 32, message, 1_000), "link_invalid"),
        (token + "=", "link_invalid"),
    ):
        with pytest.raises(Refused) as refused:
            message_in(SECRET, wrong, 999)
        assert refused.value.code == code
    with pytest.raises(Refused) as late:
        message_in(SECRET, token, 1_000)
    assert late.value.code == "link_expired"


def test_references_and_numbers_of_others_are_none() -> None:
    ours = str(uuid4())
    assert reference_in(ours) == ours
    assert [reference_in(each) for each in (None, "x" * 51, "another")] == [None, None, None]
    assert number_in("212612345678") == "+212612345678"
    assert [number_in(each) for each in (None, "", "a person")] == [None, None, None]


async def test_carriers_pass_over_what_failed_and_what_leads_nowhere() -> None:
    whatsapp, sms = Scripted("whatsapp", DELIVERED), Scripted("sms", DELIVERED)
    networks: list[Network] = [whatsapp, sms]
    carriers = Carriers(networks, [Route("whatsapp"), Route("sms", "+212")])
    assert carriers.names == ["sms", "whatsapp"]
    assert [each.name for each in carriers.networks] == ["whatsapp", "sms"]
    assert carriers.network("sms") is sms
    assert carriers.network("pigeon") is None
    first = carriers.next("whatsapp", "+212612345678", ())
    assert first is not None
    assert first[:2] == ("whatsapp", whatsapp)
    second = carriers.next("whatsapp", "+212612345678", {"whatsapp"})
    assert second is not None
    assert second[:2] == ("sms", sms)
    assert carriers.next("sms", "+33612345678", ()) is None
    await carriers.close()
    assert only(sms).names == ["sms"]


def test_a_network_says_how_long_to_wait() -> None:
    assert (Throttled(2.5).seconds, str(Throttled(2.5))) == (2.5, "throttled for 2.5 s")
