"""What contracts 1.0.0 sent is sent today with the same bytes.

Logs are translated anew when a relay repeats itself, when topics are lost, and by the audit, which
compares them with what stands on the topics.  So a field that is added must be left out while it
has its default.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from maarid_contracts import CATALOGUE
from maarid_contracts.compatibility import releases
from maarid_contracts.schemas import PACKAGE

SENT = [
    line.partition(" ")[::2]
    for line in (Path(__file__).parent / "sent_by_1_0_0.txt").read_text("utf-8").splitlines()
]
"""Each type with all its fields, and with those alone that it had to have; written by 1.0.0."""


@pytest.mark.parametrize(("type_name", "value"), SENT, ids=[name for name, _ in SENT])
def test_what_was_sent_is_sent_with_the_same_bytes(type_name: str, value: str) -> None:
    model = CATALOGUE[type_name].model
    contract = model.model_validate_json(value)
    assert contract.__pydantic_serializer__.to_json(contract).decode() == value


def test_every_type_that_went_out_is_among_them() -> None:
    first = {name for name in releases(PACKAGE / "released") if CATALOGUE[name].since == "1.0.0"}
    assert {name for name, _ in SENT} == first
