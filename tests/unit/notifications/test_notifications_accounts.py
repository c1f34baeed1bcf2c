"""Accounts at networks: what is wrong with one is told in a line, and keeps the service from
starting."""

from __future__ import annotations

from pathlib import Path

import pytest

from chassis.process.settings import SettingsError, read_settings, settings_or_exit
from services.notifications.networks.handlers import hooks_of, networks_from
from services.notifications.settings import AccountSettings

NEEDED = {
    "DATABASE_URL": "postgresql://nobody@nowhere/nothing",
    "BOOTSTRAP_SERVERS": "nowhere:1",
    "ISSUER": "https://issuer.example",
    "JWKS_URL": "https://issuer.example/keys",
}
WHATSAPP = {
    "WHATSAPP_NUMBER_ID": "1234567890",
    "WHATSAPP_TOKEN": "token-canary",
    "WHATSAPP_APP_SECRET": "secret-canary",
    "WHATSAPP_VERIFY_TOKEN": "word-canary",
}
TWILIO = {
    "PUBLIC_URL": "https://fair.example",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "token-canary",
    "TWILIO_SMS_SENDER": "Maarid",
    "TWILIO_WHATSAPP_SENDER": "+15550000000",
}
SMPP = {
    "SMPP_ADDRESS": "smsc.example:2775",
    "SMPP_SYSTEM_ID": "maarid",
    "SMPP_PASSWORD": "canary-7",
    "SMPP_SENDER": "Maarid",
}


def names(monkeypatch: pytest.MonkeyPatch, **more: str) -> list[str]:
    for name, value in (NEEDED | more).items():
        monkeypatch.setenv(f"MAARID_{name}", value)
    return [network.name for network in networks_from(read_settings(AccountSettings))]


def test_accounts_that_are_set_are_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert names(monkeypatch) == []
    everything = names(monkeypatch, **WHATSAPP, **TWILIO, **SMPP)
    assert everything == ["whatsapp", "twilio_sms", "twilio_whatsapp", "smpp"]
    settings = read_settings(AccountSettings)
    for name in ("whatsapp", "twilio_sms", "twilio_whatsapp"):
        assert hooks_of(settings, name) is not None
    assert hooks_of(settings, "smpp") is None


@pytest.mark.parametrize(
    ("given", "without"),
    [
        *((WHATSAPP, name) for name in list(WHATSAPP)[1:]),
        *((TWILIO, name) for name in ("PUBLIC_URL", "TWILIO_AUTH_TOKEN")),
        *((SMPP, name) for name in list(SMPP)[1:]),
    ],
)
def test_an_account_that_lacks_something_keeps_the_service_from_starting(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: dict[str, str],
    without: str,
) -> None:
    for name, value in (NEEDED | given).items():
        if name != without:
            monkeypatch.setenv(f"MAARID_{name}", value)
    with pytest.raises(SystemExit) as ended:
        settings_or_exit(AccountSettings, "notifications")
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"MAARID_{without}: is not set" in line
    assert "canary" not in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "http://fair.example"),
        ("PUBLIC_URL", "https://fair.example/"),
        ("PUBLIC_URL", "https://fair.example?x=1"),
        ("WHATSAPP_URL", "http://graph.example"),
        ("TWILIO_ACCOUNT_SID", "canary"),
        ("SMPP_PASSWORD", "longer-than-eight-canary"),
        ("SMPP_ADDRESS", "canary"),
        ("TWILIO_CONTENTS_FILE", "/nowhere"),
    ],
)
def test_what_is_wrong_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=f"MAARID_{name}: ") as told:
        names(monkeypatch, **{name: value})
    assert "canary" not in str(told.value)


def test_secrets_may_stand_in_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in WHATSAPP.items():
        if name == "WHATSAPP_NUMBER_ID":
            monkeypatch.setenv(f"MAARID_{name}", value)
            continue
        (tmp_path / name).write_text(f"{value}\n", "utf-8")
        monkeypatch.setenv(f"MAARID_{name}_FILE", str(tmp_path / name))
    assert names(monkeypatch) == ["whatsapp"]
    assert read_settings(AccountSettings).whatsapp_token == "token-canary"
    monkeypatch.setenv("MAARID_WHATSAPP_TOKEN", "another")
    with pytest.raises(SettingsError, match="both set"):
        read_settings(AccountSettings)


def test_a_file_of_contents_names_ids_by_template_and_language(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "contents.json"
    path.write_text('{"seat_reserved": {"fr": "HX7"}}', "utf-8")
    names(monkeypatch, TWILIO_CONTENTS_FILE=str(path))
    assert read_settings(AccountSettings).twilio_contents == {("seat_reserved", "fr"): "HX7"}
    for wrong in ("[]", '{"a": 1}', '{"a": {"fr": 7}}', '{"a": {"fr": "SM7"}}', "{"):
        path.write_text(wrong, "utf-8")
        with pytest.raises(SettingsError, match="MAARID_TWILIO_CONTENTS_FILE: "):
            read_settings(AccountSettings)
