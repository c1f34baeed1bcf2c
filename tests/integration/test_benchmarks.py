"""The benchmarks run, and say what they promise to say; how fast it was is not looked at here."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import LINES, chosen
from benchmarks.ground import Ground
from benchmarks.measuring import at_least, at_most, in_turns

EXPECTED = {
    "desk.hot_stream": ">=85",
    "desk.many_streams": ">=12",
    "desk.alone_p50": "<=7",
    "jobs.beside": "<=3",
    "relay.throughput": ">=0.6",
    "consumer.throughput": ">=0.25",
    "flow.p99": "<=5",
    "rebuild.throughput": ">=0.08",
    "registration.selection": "<=1",
    "registration.while_solving": "<=3",
    "registration.publish": "<=1",
    "registration.fold": "<=1",
    "registration.preview": "<=1",
    "scheduling.adopt": "<=1",
    "scheduling.while_solving": "<=3",
    "scheduling.timetable_first": "<=1",
    "scheduling.timetable_gap": "<=1",
    "scheduling.drawing": "<=1",
    "scheduling.assign_140": "<=1",
    "scheduling.assign_180": "<=1",
    "scheduling.assign_320_gap": "<=1",
    "scheduling.assign_320": "<=1",
    "scheduling.assign_320_poles": "<=1",
    "scheduling.assign_700": "<=1",
    "scheduling.skewed_180": "<=1",
    "scheduling.skewed_320": "<=1",
    "scheduling.first_fit": "<=1",
    "scheduling.random_1000": "<=1",
    "scheduling.repair": "<=1",
    "notifications.receipts": ">=0.35",
    "notifications.urgent": "<=1",
    "notifications.told": "<=1",
    "notifications.smpp": ">=0.98",
    "notifications.hook": ">=0.5",
    "audit.throughput": "<=3",
    "audit.memory": "<=1",
    "registration.search_p99": "<=1",
    "ticketing.booking_http": ">=0.7",
    "ticketing.rush": "<=2.5",
    "ticketing.scans": "<=1",
    "ticketing.bundle": "<=1",
    "ticketing.verify": "<=1",
    "system.service_memory": "<=1",
    "system.stack_memory": "<=1",
    "system.start": "<=1",
}


async def run(*arguments: str) -> tuple[int, str]:
    """`python -m benchmarks` with these arguments: exit code, and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks", *arguments),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, printed.decode()


@pytest.mark.timeout(1500)
async def test_the_short_form_measures_every_line_and_writes_it_down(tmp_path: Path) -> None:
    output = tmp_path / "latest.json"
    code, printed = await run("--short", "--output", str(output))
    assert code == 0, printed
    written: dict[str, Any] = json.loads(output.read_text("utf-8"))
    assert written.keys() == {"results", "machine"}
    assert written["machine"]["short"] is True
    assert {one["name"]: one["bound"] for one in written["results"]} == EXPECTED
    for one in written["results"]:
        assert one["name"] in printed
        # Nothing is left between some answers and their bounds.
        assert one["ratio"] > 0 or one["unit"] == "%"
        limit = float(re.sub("[<>=]", "", one["bound"]))
        holds = one["ratio"] >= limit if one["bound"].startswith(">") else one["ratio"] <= limit
        assert one["holds"] is holds
        if one["bound"] == "<=1":
            assert {"value", "limit", "unit"} <= one.keys()
        else:
            assert {"ours", "theirs", "unit"} <= one.keys()
            assert len(one["ratios"]) == 1
    services = next(one for one in written["results"] if one["name"] == "system.service_memory")
    assert services["rss"].keys() == {"registration", "scheduling", "ticketing", "notifications"}


async def test_a_name_that_nobody_knows_ends_with_the_names_that_there_are() -> None:
    code, printed = await run("dsk")
    assert code == 2
    assert "desk.hot_stream" in printed


def test_a_name_or_its_beginning_chooses_lines() -> None:
    assert {line.name for line in LINES} == EXPECTED.keys()
    assert [line.name for line in chosen(["flow.p99"])] == ["flow.p99"]
    desk = ["desk.hot_stream", "desk.many_streams", "desk.alone_p50"]
    assert [line.name for line in chosen(["desk"])] == desk


async def test_the_result_is_the_median_of_the_ratios_taken_in_turns() -> None:
    said: list[str] = []
    ours, theirs = iter([10.0, 40.0, 90.0, 8.0, 50.0]), iter([1.0, 2.0, 3.0, 4.0, 5.0])

    async def mine() -> float:
        said.append("ours")
        return next(ours)

    async def other() -> float:
        said.append("theirs")
        return next(theirs)

    measured = await in_turns(Ground(short=False), mine, other, unit="events/s")
    assert said == ["theirs", "ours"] * 5
    assert measured.figures["ratios"] == [10, 20, 30, 2, 10]
    assert measured.ratio == 10


def test_a_bound_holds_up_to_its_limit() -> None:
    assert at_least(100).holds(100)
    assert not at_least(100).holds(99.9)
    assert at_most(7).holds(7)
    assert not at_most(7).holds(7.1)
