"""Every setting is in docs/settings.md, which names none that does not exist."""

from __future__ import annotations

import re

from pydantic_settings import BaseSettings

from chassis.kafka.topics import TopicSettings
from chassis.process.settings import ServiceSettings
from cli.definitions import definitions
from servers import StackSettings
from services import SERVICES
from tests.architecture.tree import ROOT

EXTERNAL = {
    "MAARID_<SERVICE>_OWNER_DATABASE_URL",
    "MAARID_<SERVICE>_DATABASE_URL",
    "MAARID_ADMIN_DATABASE_URL",
}
"""What `servers/external.py` reads by itself."""
SECRETS = {
    f"MAARID_{name.upper()}_FILE" for each in definitions() for name in each.settings.secrets
}
FILES = SECRETS | {f"{name}_FILE" for name in EXTERNAL}
"""What names a file in which a secret stands (`chassis/process/settings.py`)."""
OPERATOR = "MAARID_OPERATOR"
"""What `cli/operator.py` reads by itself."""


SETTINGS = ROOT / "docs" / "settings.md"


def names_of(settings: type[BaseSettings]) -> set[str]:
    return {f"MAARID_{name.upper()}" for name in settings.model_fields}


def known() -> set[str]:
    ports = {f"MAARID_{service.upper()}_PORT" for service in SERVICES}
    services = {name for each in definitions() for name in names_of(each.settings)}
    chosen = names_of(ServiceSettings) | names_of(StackSettings) | names_of(TopicSettings)
    return services | chosen | ports | EXTERNAL | FILES | {OPERATOR}


def documented() -> set[str]:
    rows = [
        line.split("|")[1]
        for line in SETTINGS.read_text("utf-8").splitlines()
        if line.startswith("| `MAARID_")
    ]
    everything = SETTINGS.read_text("utf-8")
    ports = set(re.findall(r"MAARID_[A-Z]+_PORT", everything)) & known()
    return {name for row in rows for name in re.findall(r"`(MAARID_[A-Z_<>]+)`", row)} | ports


def test_every_setting_is_explained() -> None:
    assert known() - documented() == set()


def test_no_setting_is_explained_that_does_not_exist() -> None:
    assert documented() - known() == set()


def test_settings_without_a_default_are_said_to_be_needed() -> None:
    page = SETTINGS.read_text("utf-8")
    for name, field in ServiceSettings.model_fields.items():
        row = next(row for row in page.splitlines() if f"`MAARID_{name.upper()}`" in row)
        assert ("| needed |" in row) == field.is_required(), row
