"""`maarid play`: which services it speaks to, and what it tells of them."""

from __future__ import annotations

import io
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina
from rich.console import Console

from cli import launch, showing
from scenarios.report import AssignmentReport, QuotaReport, Report, SelectionReport, Worth


def test_the_ports_of_a_running_system_are_those_that_it_wrote_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAARID_TICKETING_PORT", "9103")
    (tmp_path / "ports.json").write_text(json.dumps({"registration": 9001, "unheard_of": 1}))
    urls = launch.local_urls(tmp_path)
    assert urls["registration"] == "http://127.0.0.1:9001"
    assert urls["ticketing"] == "http://127.0.0.1:9103"
    assert urls["scheduling"] == "http://127.0.0.1:8002"
    assert set(urls) == set(launch.SERVICES)


def test_a_port_that_is_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAARID_TICKETING_PORT", "nine")
    with pytest.raises(launch.LaunchError, match="MAARID_TICKETING_PORT"):
        launch.local_urls(tmp_path)


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is shown to a person, on either stream."""
    told = io.StringIO()
    for name in ("console", "errors"):
        monkeypatch.setattr(showing, name, Console(file=told, width=200))
    return told


def test_many_retries_are_one_sentence(printed: io.StringIO) -> None:
    showing.tell_of_retries()
    request = httpx.Request("GET", "http://127.0.0.1:8001/status")
    with stamina.set_testing(True, attempts=5):
        for attempt in stamina.retry_context(on=httpx.TransportError):
            with attempt:
                if attempt.num < 5:
                    raise httpx.ConnectError("refused", request=request)
    assert printed.getvalue() == "Waiting for an answer: http://127.0.0.1:8001/status\n"


def test_a_play_counts_events_and_claims_no_audit(printed: io.StringIO) -> None:
    empty: dict[str, Any] = {"Mapping[str, int]": {}, "Mapping[str, PoleReport]": {}, "str": "x"}
    selection = SelectionReport(11, 12, False, 3, {"women_led": QuotaReport(40, 100, 5, 9)})
    values: dict[str, Any] = {
        field.name: empty.get(str(field.type), 0)
        for field in fields(Report)
        if field.name not in ("events_by_type", "audit")
    }
    assignment = AssignmentReport(90, 88, 0.02, False, Worth(0, 140), Worth(1, 120), 2)
    report: Any = Report
    more = {"selection": selection, "assignment": assignment}
    showing.show_report(report(**{**values, "events": 6664, **more}))
    assert "6664" in printed.getvalue()
    assert "none)" not in printed.getvalue().partition("6664")[2]
    assert "Audit" not in printed.getvalue()
    assert "score 11 (none exceeds 12)" in printed.getvalue()
    # Whom a placement leaves out costs it nothing, so they are named beside the cost.
    said = "cost 90 (at least 88); first fit 140, draws 120 with 1 left out; 2 moved later"
    assert said in printed.getvalue()
    assert "session by session" in printed.getvalue()
    assert "women_led 5 of 9 places" in printed.getvalue()
