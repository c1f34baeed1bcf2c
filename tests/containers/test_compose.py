"""The whole system in containers: who reaches what, and a fair during which each one is killed."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from urllib.parse import urlsplit

import pytest

from services import SERVICES
from tests.containers.compose import Compose, goes_on, playing, up
from tests.containers.docker import docker, inspected, require_images
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900)

SERVERS = ("postgres", "kafka")
CONNECT = (
    "import asyncio, asyncpg, sys\n"
    "async def main():\n"
    "    try:\n"
    "        await asyncpg.connect(sys.argv[1], timeout=10)\n"
    "    except asyncpg.PostgresError as error:\n"
    "        sys.exit(type(error).__name__)\n"
    "asyncio.run(main())\n"
)


@pytest.fixture(scope="module")
def compose() -> Generator[Compose]:
    require_images()
    with up("maarid-test") as running:
        yield running


def connected_from(compose: Compose, service: str, url: str) -> str:
    """Log in to PostgreSQL from a service's container: what is said against it, or nothing."""
    ran = docker("exec", compose.container(service), "python", "-c", CONNECT, url, fails=True)
    return ran.stderr.strip()


def test_the_four_services_alone_are_published_on_loopback(compose: Compose) -> None:
    published: dict[str, list[str]] = {}
    for service in (*SERVICES, *SERVERS):
        ports = inspected(compose.container(service))[0]["NetworkSettings"]["Ports"]
        bound = [binding["HostIp"] for found in ports.values() for binding in found or ()]
        published[service] = bound
    assert published == {name: ["127.0.0.1"] if name in SERVICES else [] for name in published}


@pytest.mark.parametrize("service", [*SERVICES, *SERVERS])
def test_a_container_has_limits_and_gains_no_rights(compose: Compose, service: str) -> None:
    host = inspected(compose.container(service))[0]["HostConfig"]
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    if service in SERVICES:
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]


def test_no_password_stands_where_docker_shows_it(compose: Compose) -> None:
    read = ("exec", compose.container("postgres"), "cat")
    names = [f"{service}_owner_database_url" for service in SERVICES]
    urls = docker(*read, *[f"/run/secrets/{name}" for name in names]).stdout.split()
    urls += [own_url(compose, service) for service in SERVICES]
    passwords = {urlsplit(url).password for url in urls}
    passwords.add(docker(*read, "/run/secrets/password").stdout.strip())
    assert len(passwords) == 2 * len(SERVICES) + 1
    names = [compose.container(name) for name in (*SERVICES, *SERVERS, "migrate", "secrets")]
    shown = docker("inspect", *names).stdout
    said = compose("logs").stdout
    assert not [word for word in passwords if word and (word in shown or word in said)]
    read = ("exec", compose.container("ticketing"), "cat", "/run/ticket-keys/keys.json")
    keys = json.loads(docker(*read).stdout)["keys"]
    assert keys[0]["state"] == "active"
    assert not [key for key in keys if key["private"] in shown or key["private"] in said]


def own_url(compose: Compose, service: str) -> str:
    secret = "/run/secrets/database_url"
    return docker("exec", compose.container(service), "cat", secret).stdout.strip()


def test_a_service_enters_its_own_database_under_its_own_role_only(compose: Compose) -> None:
    own = own_url(compose, "scheduling")
    assert connected_from(compose, "scheduling", own) == ""
    owner = own.replace("//scheduling:", "//scheduling_owner:")
    assert connected_from(compose, "scheduling", owner) == "InvalidPasswordError"
    others = own.replace("/maarid_scheduling", "/maarid_ticketing")
    refused = connected_from(compose, "scheduling", others)
    assert refused in ("InsufficientPrivilegeError", "InvalidAuthorizationSpecificationError")


def test_a_fair_survives_the_killing_of_every_container(compose: Compose) -> None:
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"[{time.monotonic() - began:5.1f} s] {what}")

    with playing(compose, "ouarzazate-2025") as play:
        # The servers first: while one is away the fair stands still, and lasts the longer.
        for service in (*SERVERS, *SERVICES):
            goes_on(compose, play, f"{service} is killed")
            name = compose.container(service)
            docker("kill", "--signal", "KILL", name)
            state = inspected(name)[0]["State"]
            assert (state["Running"], state["ExitCode"]) == (False, 137)
            docker("start", name)
            # Not until it is ready: its consumers wait for their predecessors' sessions to end.
            wait_until(lambda service=service: compose.answers(service), f"{service} is back")
            say(f"{service} was killed and is back; {compose.events()} events")
        assert play.poll() is None, "the fair was over before all had been killed"
        said, _ = play.communicate(timeout=300)
    assert play.returncode == 0, said
    say("the fair is over")
    for service in (*SERVERS, *SERVICES):
        wait_until(lambda service=service: compose.healthy(service), f"{service} is healthy")
    audit = compose.tools("audit", fails=True)
    print(audit.stdout)
    assert audit.returncode == 0, audit.stdout
    assert "✗" not in audit.stdout
    say("the audit is clean")
