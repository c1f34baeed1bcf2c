"""A new version under load, one service after another; a backup under load, and its restoration."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from services import SERVICES
from tests.architecture.tree import ROOT
from tests.containers.compose import PATIENTLY, Compose, goes_on, playing, up
from tests.containers.docker import DEPLOY, VERSION, docker, image, inspected, require_images
from tests.containers.previous import Previous, previous_version
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900)

REVISION = "org.opencontainers.image.revision"
TOPICS = """
import asyncio, hashlib, json, sys
from maarid_contracts import EVENT_TOPICS
from chassis.kafka.reading import TopicReader

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
def previous(tmp_path_factory: pytest.TempPathFactory) -> Previous:
    require_images()
    return previous_version(tmp_path_factory.mktemp("previous"))


@pytest.fixture(scope="module")
def compose(previous: Previous) -> Generator[Compose]:
    with up("maarid-upgrade", previous.version, previous.deploy) as running:
        yield running


@pytest.fixture
def current(compose: Compose) -> Compose:
    """The system in this version, whichever it had."""
    compose.version, compose.deploy = VERSION, DEPLOY
    compose("up", "-d", *PATIENTLY)
    return compose


def topics(compose: Compose) -> dict[str, str]:
    run = ("run", "--rm", "--no-deps", "-T", "--entrypoint", "python", "tools", "-c", TOPICS)
    return json.loads(compose(*run, "kafka:9092").stdout)


def script(name: str, compose: Compose, *arguments: Path) -> str:
    """What a script in `deploy/` prints."""
    ran = subprocess.run(
        [ROOT / "deploy" / name, *arguments],
        env={**os.environ, **compose.environment, "COMPOSE_PROJECT_NAME": compose.project},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"deploy/{name}: {ran.stdout}{ran.stderr}"
    return ran.stdout


def restore_alone(service: str, compose: Compose, folder: Path) -> None:
    """One database of a backup in the place of what is there."""
    where = (*compose.options, "--project-name", compose.project)
    restore = ("pg_restore", "-U", "postgres", "-d", "postgres", "--clean", "--create")
    with (folder / f"{service}.dump").open("rb") as dump:
        subprocess.run(
            ["docker", "compose", *where, "exec", "-T", "postgres", *restore],
            cwd=compose.deploy,
            env={**os.environ, **compose.environment},
            stdin=dump,
            check=True,
        )


@dataclass(frozen=True)
class Person:
    """A contact of an organisation."""

    organisation_id: str
    contact_id: str


def asked(compose: Compose, path: str, method: str = "GET") -> httpx.Response:
    """What registration answers to an organiser."""
    headers = {"authorization": f"Bearer {compose.token}", "idempotency-key": str(uuid4())}
    answer = httpx.request(method, compose.url("registration") + path, headers=headers, timeout=30)
    assert answer.is_success, answer.text
    return answer


def contacts_of(compose: Compose, organisation_id: str) -> list[Person]:
    found = asked(compose, f"/organisations/{organisation_id}/contacts").json()["items"]
    return [Person(organisation_id, contact["contact_id"]) for contact in found]


def somebody_is_erased(compose: Compose) -> Person:
    """Erase the first contact of the first organisation that has one."""
    organisations = asked(compose, "/organisations").json()["items"]
    persons = (contacts_of(compose, found["organisation_id"]) for found in organisations)
    person = next(found for found in persons if found)[0]
    asked(compose, f"/contacts/{person.contact_id}", "DELETE")
    return person


def audited(compose: Compose) -> None:
    audit = compose.tools("audit", fails=True)
    print(audit.stdout)
    assert audit.returncode == 0, audit.stdout
    assert "✗" not in audit.stdout


def test_every_service_is_replaced_by_the_next_version_while_a_fair_goes_on(
    compose: Compose, previous: Previous
) -> None:
    def images() -> dict[str, str]:
        found = inspected(*map(compose.container, SERVICES))
        return {one["Config"]["Image"]: one["Config"]["Labels"][REVISION] for one in found}

    before = images()
    assert list(before) == [f"maarid-{service}:{previous.version}" for service in SERVICES]
    if previous.revision is not None:
        assert set(before.values()) == {previous.revision}
        assert previous.version != VERSION
    with playing(compose, "ouarzazate-2025") as play:
        compose.version, compose.deploy = VERSION, DEPLOY
        # What the version before had no secrets for, as the keys of tickets.
        compose("run", "--rm", "--no-deps", "-T", "secrets")
        said = compose("run", "--rm", "--no-deps", "-T", "migrate").stdout
        deaf = [service for service in SERVICES if f"Replace {service} next" in said]
        for service in (*deaf, *(one for one in SERVICES if one not in deaf)):
            if service not in deaf:
                goes_on(compose, play, f"{service} is replaced")
            compose("up", "-d", "--no-deps", "--wait", service)
        assert play.poll() is None, "the fair was over before all had been replaced"
        said, _ = play.communicate(timeout=300)
    assert play.returncode == 0, said
    assert list(images()) == [image(service) for service in SERVICES]
    assert set(images().values()).isdisjoint(before.values())
    audited(compose)


def test_a_backup_of_a_working_system_is_restored_into_an_empty_one(
    current: Compose, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    with playing(current, "agadir-2025") as play:
        goes_on(current, play, "it is under way", events=1000)
        before = current.events()
        print(script("backup", current, folder))
        assert play.poll() is None, "the fair was over before the backup was taken"
        said, _ = play.communicate(timeout=300)
    assert play.returncode == 0, said
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}
    erased = somebody_is_erased(current)
    published = topics(current)
    # One database alone is restored, while others know what it has forgotten: it is refused.
    current("stop", "ticketing")
    restore_alone("ticketing", current, folder)
    current("up", "-d", "--no-deps", "ticketing")
    said = "this database was restored to an earlier moment"
    wait_until(lambda: said in current("logs", "--no-log-prefix", "ticketing").stdout, said)
    assert not current.answers("ticketing")
    again = current.tools("republish", fails=True)
    assert again.returncode == 2
    assert said in again.stdout + again.stderr
    print(script("erasures", current, tmp_path / "erasures"))
    current("down", "--timeout", "20", "--volumes")
    said = script("restore", current, folder)
    print(said)
    # The fair itself erases somebody as well, before the backup or after it.
    assert re.search(r"[1-9][0-9]* had come back and are gone", said), said
    current.learn_token()
    assert erased not in contacts_of(current, erased.organisation_id)
    restored = topics(current)
    # Services act on what they hear, so that the restored system has events of its own already.
    kept = restored.keys() & published.keys()
    assert len(kept) >= before
    assert {id_: restored[id_] for id_ in kept} == {id_: published[id_] for id_ in kept}
    audited(current)


def test_a_lost_disk_of_postgresql_costs_nothing_that_was_archived(current: Compose) -> None:
    current("up", "-d", *PATIENTLY, "archive")
    with playing(current, "marrakech-2025") as play:
        goes_on(current, play, "it is under way", events=1000)
        docker("kill", "--signal", "KILL", current.container("postgres"))
        current("rm", "--stop", "--force", "postgres")
        docker("volume", "rm", f"{current.project}_postgres")
        assert play.poll() is None, "the fair was over before the disk was lost"
        print(script("recover", current))
        said, _ = play.communicate(timeout=300)
    assert play.returncode == 0, said
    # Nobody has heard of anything that its log lacks, or its service would not have started.
    audited(current)
    # Another server: its archive has begun anew, and the one before is kept.
    kept = current("exec", "-T", "archive", "ls", "/archive").stdout.split()
    assert sorted(name.partition("-")[0] for name in kept) == ["base", "before", "wal"]
    with pytest.raises(AssertionError, match=r"(?s)has data, and it is not overwritten.*before-\d"):
        script("recover", current)
    assert all(current.healthy(service) for service in (*SERVICES, "postgres", "archive"))


def test_what_is_there_is_not_overwritten_and_half_a_backup_is_not_restored(
    current: Compose, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    script("backup", current, folder)
    with pytest.raises(AssertionError, match=r"There is data already.*maarid_registration"):
        script("restore", current, folder)
    with pytest.raises(AssertionError, match="name a new folder"):
        script("backup", current, folder)
    (folder / "ticketing.dump").write_bytes(b"half")
    with pytest.raises(AssertionError, match="is not whole"):
        script("restore", current, folder)


def test_every_service_goes_back_to_the_version_before_while_a_fair_goes_on(
    current: Compose, previous: Previous
) -> None:
    """On the databases and topics that this version has migrated, and used.

    The fair is one of commands that the version before has, for it cannot read events of others.
    The last one: the version before may set marks back, which this one raises again, or the second
    fair would never be settled.
    """
    with playing(current, "oujda-2019", "--by-hand") as play:
        # Read tables that were made again for this version keep the one before from hearing.
        handed = current.tools("migrate", "--back").stdout
        deaf = [one for one in SERVICES if f"{one} of this version hears nothing" in handed]
        current.version, current.deploy = previous.version, previous.deploy
        for service in (*deaf, *(one for one in SERVICES if one not in deaf)):
            if service not in deaf:
                goes_on(current, play, f"{service} is put back")
            current("up", "-d", "--no-deps", "--wait", service)
        assert play.poll() is None, "the fair was over before all had been put back"
        said, _ = play.communicate(timeout=300)
    assert play.returncode == 0, said
    current.version, current.deploy = VERSION, DEPLOY
    current("up", "-d", *PATIENTLY)
    with playing(current, "khenifra-2021") as play:
        said, _ = play.communicate(timeout=300)
    assert play.returncode == 0, said
    audited(current)
