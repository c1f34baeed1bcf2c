"""A new version under load, one service after another; a backup under load, and its restoration."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, SERVICES
from tests.containers.compose import Compose, playing, until, up
from tests.containers.docker import VERSION, docker, inspected, require_images

pytestmark = pytest.mark.timeout(900)

PREVIOUS = os.environ.get("MAARID_UPGRADE_FROM", VERSION)
"""The version of the images that are replaced; this tree's, until there is a released one."""
NEXT = f"{VERSION}-next"

TOPICS = """
import asyncio, hashlib, json, sys
from maarid_contracts import EVENT_TOPICS
from chassis.reading import TopicReader

async def main():
    found = {}
    for topic in EVENT_TOPICS:
        async with TopicReader(sys.argv[1], topic) as reader:
            async for batch in reader.rest():
                for record in batch:
                    id_ = dict(record.headers)["ce_id"].decode()
                    whole = repr((topic, record.key, record.value, record.headers))
                    found[id_] = hashlib.sha256(whole.encode()).hexdigest()
    print(json.dumps(found))

asyncio.run(main())
"""
"""Prints a digest of every event on the topics, with all its bytes, by its id."""


@pytest.fixture(scope="module")
def compose() -> Generator[Compose]:
    require_images()
    with up("maarid-upgrade", version=PREVIOUS) as running:
        yield running


def topics(compose: Compose) -> dict[str, str]:
    run = ("run", "--rm", "--no-deps", "-T", "--entrypoint", "python", "tools", "-c", TOPICS)
    return json.loads(compose(*run, "kafka:9092").stdout)


def script(name: str, compose: Compose, folder: Path) -> str:
    """What `deploy/backup` or `deploy/restore` prints."""
    ran = subprocess.run(
        [ROOT / "deploy" / name, str(folder)],
        env={**os.environ, **compose.environment, "COMPOSE_PROJECT_NAME": compose.project},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"deploy/{name}: {ran.stdout}{ran.stderr}"
    return ran.stdout


def audited(compose: Compose) -> None:
    audit = compose.tools("audit", fails=True)
    print(audit.stdout)
    assert audit.returncode == 0, audit.stdout
    assert "✗" not in audit.stdout


def test_every_service_is_replaced_by_the_next_version_while_a_fair_goes_on(
    compose: Compose,
) -> None:
    docker("compose", "build", environment={"MAARID_VERSION": NEXT, "MAARID_REVISION": "next"})
    with playing(compose, "ouarzazate-2025") as play:
        compose.version = NEXT
        compose("run", "--rm", "--no-deps", "-T", "migrate")
        for service in SERVICES:
            before = compose.events()
            until(lambda before=before: compose.events() > before, f"{service}: the fair goes on")
            assert play.poll() is None, f"the fair was over before {service} was replaced"
            compose("up", "-d", "--no-deps", "--wait", service)
        assert play.poll() is None, "the fair was over before all had been replaced"
        said, _ = play.communicate(timeout=300)
    assert play.returncode == 0, said
    images = [one["Config"]["Image"] for one in inspected(*map(compose.container, SERVICES))]
    assert images == [f"maarid-{service}:{NEXT}" for service in SERVICES]
    audited(compose)


def test_a_backup_of_a_working_system_is_restored_into_an_empty_one(
    compose: Compose, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    with playing(compose, "agadir-2025") as play:
        begun = compose.events()
        until(lambda: compose.events() > begun + 1000, "the fair is under way")
        before = compose.events()
        print(script("backup", compose, folder))
        assert play.poll() is None, "the fair was over before the backup was taken"
        said, _ = play.communicate(timeout=300)
    assert play.returncode == 0, said
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}
    published = topics(compose)
    compose("down", "--timeout", "20", "--volumes")
    print(script("restore", compose, folder))
    compose.learn_token()
    restored = topics(compose)
    # Services act on what they hear, so that the restored system has events of its own already.
    kept = restored.keys() & published.keys()
    assert len(kept) >= before
    assert {id_: restored[id_] for id_ in kept} == {id_: published[id_] for id_ in kept}
    audited(compose)
    # It goes on: another fair is played on it.
    with playing(compose, "marrakech-2025") as play:
        said, _ = play.communicate(timeout=300)
    assert play.returncode == 0, said
    audited(compose)


def test_what_is_there_is_not_overwritten_and_half_a_backup_is_not_restored(
    compose: Compose, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    script("backup", compose, folder)
    with pytest.raises(AssertionError, match=r"There is data already.*maarid_registration"):
        script("restore", compose, folder)
    with pytest.raises(AssertionError, match="name a new folder"):
        script("backup", compose, folder)
    (folder / "ticketing.dump").write_bytes(b"half")
    with pytest.raises(AssertionError, match="is not whole"):
        script("restore", compose, folder)
