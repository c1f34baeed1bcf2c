"""A service that could not send says why in one line, and does not start."""

from __future__ import annotations

import pytest

from chassis.process.settings import settings_or_exit
from services.notifications.app import Settings

NEEDED = {
    "MAARID_DATABASE_URL": "postgresql://nowhere/x",
    "MAARID_BOOTSTRAP_SERVERS": "nowhere:1",
    "MAARID_ISSUER": "https://issuer.example",
    "MAARID_JWKS_URL": "https://issuer.example/keys",
    "MAARID_ENVIRONMENT": "development",
}


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("MAARID_NETWORKS", "pigeon", "pigeon is no network; there are "),
        ("MAARID_NETWORKS", "pocket@0", "pocket@0 would never send"),
        ("MAARID_NETWORKS", "pocket smpp:+212", "smpp has no account; set what it needs"),
        ("MAARID_LADDER", "sms,fax", "sms,fax is not an order of whatsapp, sms"),
        ("MAARID_POCKET_SEED", "x", "valid integer"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(
    setting: str,
    value: str,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, needed in NEEDED.items():
        monkeypatch.setenv(name, needed)
    settings_or_exit(Settings, "notifications")
    monkeypatch.setenv(setting, value)
    with pytest.raises(SystemExit) as ended:
        settings_or_exit(Settings, "notifications")
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(f"notifications: cannot start: {setting}: ")
    assert says in told
    assert told.count("\n") == 1
