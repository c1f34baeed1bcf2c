"""Settings: one clear line about what is missing or wrong, never a value."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chassis.process.settings import ServiceSettings, SettingsError, read_settings

GOOD = {
    "MAARID_DATABASE_URL": "postgresql://scheduling@db/maarid_scheduling",
    "MAARID_BOOTSTRAP_SERVERS": "kafka:9092",
    "MAARID_ISSUER": "https://login.example",
    "MAARID_JWKS_URL": "https://login.example/keys",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MAARID_")]:
        monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_the_needed_settings_are_enough() -> None:
    assert read_settings(ServiceSettings).environment == "production"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MAARID_DATABASE_URL", None, "MAARID_DATABASE_URL: is not set"),
        ("MAARID_DATABASE_URL", "mysql://secret@db", "MAARID_DATABASE_URL: "),
        ("MAARID_BOOTSTRAP_SERVERS", "kafka", "MAARID_BOOTSTRAP_SERVERS: "),
        ("MAARID_PORT", "http", "MAARID_PORT: "),
        ("MAARID_ISSUER", "maarid-development", "MAARID_ISSUER: the development issuer"),
        ("MAARID_JWKS_URL", "file:///keys.json", "MAARID_JWKS_URL: "),
        ("MAARID_JWKS_URL", "http://login.example/keys", "MAARID_JWKS_URL: keys come over https"),
        ("MAARID_JWKS_OVER_HTTP", "perhaps", "MAARID_JWKS_OVER_HTTP: "),
        ("MAARID_SIMULATED_CLOCK", "true", "MAARID_SIMULATED_CLOCK: only for development"),
        ("MAARID_BREAK_AT", "relay.acknowledged:1", "MAARID_BREAK_AT: only for development"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, said: str
) -> None:
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=said) as caught:
        read_settings(ServiceSettings)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"), [("MAARID_JWKS_OVER_HTTP", "true"), ("MAARID_ENVIRONMENT", "development")]
)
def test_keys_come_over_http_where_somebody_says_so(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("MAARID_JWKS_URL", "http://issuer:8000/keys")
    monkeypatch.setenv(name, value)
    assert read_settings(ServiceSettings).jwks_url == "http://issuer:8000/keys"


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "database_url"
    secret.write_text("postgresql://scheduling:kept@127.0.0.1/maarid_scheduling\n")
    monkeypatch.delenv("MAARID_DATABASE_URL")
    monkeypatch.setenv("MAARID_DATABASE_URL_FILE", str(secret))
    read = read_settings(ServiceSettings).database_url
    assert read == "postgresql://scheduling:kept@127.0.0.1/maarid_scheduling"


def test_what_speaks_against_a_secrets_file_is_said_without_the_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "database_url"
    secret.write_text("mysql://hidden@db/x\n")
    monkeypatch.setenv("MAARID_DATABASE_URL_FILE", str(secret))
    with pytest.raises(SettingsError, match="are both set"):
        read_settings(ServiceSettings)
    monkeypatch.delenv("MAARID_DATABASE_URL")
    with pytest.raises(SettingsError, match=r"^MAARID_DATABASE_URL: ") as wrong:
        read_settings(ServiceSettings)
    assert "hidden" not in str(wrong.value)
    secret.unlink()
    with pytest.raises(SettingsError, match=r"MAARID_DATABASE_URL_FILE: .* cannot be read"):
        read_settings(ServiceSettings)


TOWN = """
[[issuers]]
name = "town"
issuer = "https://town.example"
audience = "fairs"
jwks_url = "https://town.example/keys"
roles_claim = "realm_access.roles"
roles = ["steward"]
"""


def issuers_in(path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> ServiceSettings:
    path.write_text(text)
    monkeypatch.setenv("MAARID_ISSUERS_FILE", str(path))
    return read_settings(ServiceSettings)


def test_a_file_names_further_issuers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, town = issuers_in(tmp_path / "issuers.toml", TOWN, monkeypatch).issuers
    assert (first.name, first.issuer, len(first.roles)) == (None, "https://login.example", 5)
    assert (town.name, town.roles_claim, town.roles) == ("town", "realm_access.roles", {"steward"})


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("[[issuers]]", "[issuers", "is not TOML"),
        (TOWN, "", "issuers: Field required"),
        (TOWN, TOWN * 2, "name town stands there twice"),
        (TOWN, TOWN + TOWN.replace('"town"', '"city"'), "issuer https://town.example stands there"),
        ('"steward"', '"king"', "issuers.0.roles"),
        ('["steward"]', "[]", "issuers.0.roles"),
        ('name = "town"', "", "issuers.0.name: Field required"),
        ('"town"', '"The Town"', "issuers.0.name"),
        ("audience", "audiences", "issuers.0.audience: Field required"),
        ("https://town.example/keys", "ftp://town.example/keys", "issuers.0.jwks_url"),
        ('"realm_access.roles"', '"realm_access..roles"', "issuers.0.roles_claim"),
        ('"https://town.example"', '"https://login.example"', "the issuer of MAARID_ISSUER again"),
        ('"https://town.example"', '"maarid-development"', "the development issuer is refused"),
        ("https://town.example/keys", "file:///keys.json", "keys of town come over https"),
        ("https://town.example/keys", "http://town.example/keys", "keys of town come over https"),
    ],
)
def test_a_wrong_file_of_issuers_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, was: str, becomes: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=r"^MAARID_ISSUERS_FILE: [^\n]*$") as caught:
        issuers_in(tmp_path / "issuers.toml", TOWN.replace(was, becomes), monkeypatch)
    assert said in str(caught.value)


def test_a_file_of_issuers_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAARID_ISSUERS_FILE", "/nowhere/issuers.toml")
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        read_settings(ServiceSettings)
