"""`python -m chaos --seed 1 --minutes 5`: break a running system by chance, then hold it to its
promises.  The same seed asks and breaks the same things; how they interleave is the machine's."""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import orjson

from chaos.checks import CHECKS, contacts_as_known
from chaos.facts import read_facts
from chaos.faults import chosen, inflict
from chaos.history import Call, Client
from chaos.people import BUYERS, People
from chaos.world import World, world
from cli.audit import Line, audit
from scenarios.settling import unheard

RECOVERY_SECONDS = 150.0
"""A system that does not work again after so long is broken."""
QUIET_SECONDS = 240.0


@dataclass
class Run:
    """What happened, for the report."""

    seed: int
    recoveries: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    problems: list[str] = field(default_factory=list[str])
    lines: list[Line] = field(default_factory=list[Line])

    def say(self, what: str) -> None:
        print(what, flush=True)


async def main(seed: int, minutes: float, report: Path | None) -> int:
    """Run it; 0 if everything holds."""
    run = Run(seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="maarid-chaos-") as directory:
        async with world(Path(directory)) as running:
            run.say(f"chaos: seed {seed}, {minutes:g} minutes, two replicas of each service")
            client = Client(running.http, running.urls, running.token, random.Random(seed))
            today = datetime.now(ZoneInfo("Africa/Casablanca")).replace(
                hour=0, minute=0, second=0, microsecond=0
            )
            people = People(client, f"chaos-{seed}", today)
            await people.found()
            supervising = asyncio.create_task(running.supervise())
            try:
                await _play(run, running, people, random.Random(seed + 1), minutes * 60)
                await _quiet(run, running)
                await _judge(run, running, people)
            finally:
                supervising.cancel()
                await asyncio.gather(supervising, return_exceptions=True)
            _summarise(run, client.calls, running)
            if run.problems:
                _keep_logs(running)
    run.say(f"chaos: {time.monotonic() - began:.0f} s")
    if report is not None:
        figures = orjson.dumps(_as_json(run, client.calls), option=orjson.OPT_INDENT_2)
        await asyncio.to_thread(report.write_bytes, figures)
    return 1 if run.problems else 0


async def _play(
    run: Run, running: World, people: People, chance: random.Random, seconds: float
) -> None:
    """Everybody works while one fault after the other comes and goes."""
    async with asyncio.TaskGroup() as group:
        for work in people.work():
            group.create_task(work())  # type: ignore[arg-type]
        deadline = time.monotonic() + seconds
        try:
            while time.monotonic() < deadline:
                names = chosen(chance)
                met = await inflict(running, names, chance, chance.uniform(1, 12))
                healed_at = time.monotonic()
                if not await _works_again(running, people):
                    run.problems.append(f"after {names} on {met} the system did not work again")
                    break
                took = time.monotonic() - healed_at
                run.recoveries["+".join(names)].append(took)
                run.say(f"  {'+'.join(names)} on {', '.join(met)}: works again after {took:.1f} s")
                await asyncio.sleep(chance.uniform(0.2, 1.5))
        finally:
            people.ended = True


async def _works_again(running: World, people: People) -> bool:
    """Wait until every replica is ready, and a session that is scheduled now can be booked."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    if not await running.all_ready(RECOVERY_SECONDS):
        return False
    session_id = await people.schedule()
    while time.monotonic() < deadline:
        answers = [
            await _answers(running, f"{url}/workshops/{session_id}")
            for url in running.urls["ticketing"]
        ]
        if all(answers):
            return True
        await asyncio.sleep(0.1)
    return False


async def _answers(running: World, url: str) -> bool:
    try:
        return (await running.http.get(url, timeout=3)).status_code == 200
    except httpx.TransportError:
        return False


async def _quiet(run: Run, running: World) -> None:
    """Wait until everything was published, heard and sent."""
    deadline = time.monotonic() + QUIET_SECONDS
    missing = ["nothing was asked yet"]
    while time.monotonic() < deadline:
        missing = await _unsettled(running)
        if not missing:
            return
        await asyncio.sleep(0.3)
    run.problems.append("not quiet: " + "; ".join(missing[:5]))


async def _unsettled(running: World) -> list[str]:
    headers = {"authorization": f"Bearer {running.token()}"}
    statuses: dict[str, dict[str, Any]] = {}
    for service, urls in running.urls.items():
        try:
            answer = await running.http.get(f"{urls[0]}/status", headers=headers, timeout=5)
            statuses[service] = answer.raise_for_status().json()
        except httpx.HTTPError as error:
            return [f"{service} does not answer: {error!r}"]
    found = unheard(statuses)
    for state in ("requested", "sent"):
        answer = await running.http.get(
            f"{running.urls['notifications'][0]}/messages",
            params={"status": state, "limit": 1},
            headers=headers,
            timeout=5,
        )
        if answer.status_code != 200 or answer.json()["items"]:
            found.append(f"messages are {state}")
    return found


async def _judge(run: Run, running: World, people: People) -> None:
    """The audit, then the checks that believe the client alone."""
    await audit(running.system.addresses, run.lines.append)
    for line in run.lines:
        run.say(f"  {'ok ' if line.holds else 'NOT'} audit: {line.promise} ({line.figures})")
        if not line.holds:
            run.problems.append(f"audit: {line.promise}: {line.figures}")
    facts = await read_facts(running.system.addresses.bootstrap)
    calls = people.client.calls
    found = {name: check(calls, facts) for name, check in CHECKS.items()}
    found["Every contact's last record is what its office knows"] = contacts_as_known(
        people.kept, facts
    )
    found["No answer is one that nobody should get"] = people.client.faults
    for name, wrong in found.items():
        told = "; ".join(wrong[:5])
        run.say(f"  {'NOT' if wrong else 'ok '} history: {name}{': ' + told if wrong else ''}")
        run.problems += [f"history: {name}: {one}" for one in wrong[:20]]


def _summarise(run: Run, calls: list[Call], running: World) -> None:
    counts = Counter(
        "accepted" if call.accepted else "refused" if call.refused else "unknown" for call in calls
    )
    restarts = sum(replica.restarts for replica in running.replicas)
    slowest = max((call.slowest for call in calls), default=0.0)
    run.say(
        f"  {len(calls)} wishes ({counts['accepted']} accepted, {counts['refused']} refused,"
        f" {counts['unknown']} never answered), {BUYERS} buyers, {restarts} restarts,"
        f" slowest answer {slowest:.1f} s"
    )
    for name, seconds in sorted(run.recoveries.items()):
        middle = statistics.median(seconds)
        run.say(f"  {name}: {len(seconds)} times, median {middle:.1f} s, most {max(seconds):.1f} s")
    for problem in run.problems:
        run.say(f"  PROBLEM {problem}")


def _keep_logs(running: World) -> None:
    """Print the end of each log, for the directory goes."""
    for replica in running.replicas:
        print(f"--- {replica.name}")
        lines = replica.process.log.read_text(errors="replace").splitlines()
        print("\n".join(lines[-15:]))


def _as_json(run: Run, calls: list[Call]) -> dict[str, Any]:
    return {
        "seed": run.seed,
        "wishes": len(calls),
        "accepted": sum(call.accepted for call in calls),
        "refused": sum(call.refused for call in calls),
        "unknown": sum(call.ended is None for call in calls),
        "slowest_answer_s": round(max((call.slowest for call in calls), default=0), 2),
        "recovery_s": {
            name: {"times": len(s), "median": round(statistics.median(s), 2), "most": max(s)}
            for name, s in run.recoveries.items()
        },
        "audit": {line.promise: line.holds for line in run.lines},
        "problems": run.problems,
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--report", type=Path, help="write the figures to this file, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    logging.basicConfig(level=logging.CRITICAL)
    given = _arguments()
    sys.exit(asyncio.run(main(given.seed, given.minutes, given.report)))
