"""The upstream images of PostgreSQL and Apache Kafka, where a Docker engine answers."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import docker
from docker.errors import DockerException, NotFound
from testcontainers.community.kafka import KafkaContainer
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import ConnectionMode
from testcontainers.core.container import DockerContainer

from servers.databases import create_database
from servers.metadata import answers_metadata
from servers.settings import Addresses, StackError, StackSettings

_START_SECONDS = 120
_KAFKA_SETTINGS = {
    "KAFKA_HEAP_OPTS": "-Xms64m -Xmx320m",
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    "KAFKA_DEFAULT_REPLICATION_FACTOR": "1",
    "KAFKA_MIN_INSYNC_REPLICAS": "1",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
    "KAFKA_LOG_RETENTION_MS": "-1",
}


class ApacheKafkaContainer(KafkaContainer):
    """testcontainers' Kafka for the layout of the apache/kafka image instead of Confluent's."""

    def configure(self) -> None:
        """Run without ZooKeeper, small, and with the settings of the embedded Kafka."""
        self._configure_kraft()
        for name, value in _KAFKA_SETTINGS.items():
            self.with_env(name, value)

    def tc_start(self) -> None:
        """Start the broker, now that the port under which we reach it is known."""
        advertised = f"PLAINTEXT://{self.get_bootstrap_server()},BROKER://localhost:9092"
        script = (
            "#!/bin/bash\n"
            f"export KAFKA_ADVERTISED_LISTENERS={advertised}\n"
            "exec /etc/kafka/docker/run\n"
        )
        self.create_file(script.encode(), KafkaContainer.TC_START_SCRIPT)


class ContainerStack:
    """Both servers in containers that end with the stack; their state ends with them."""

    def __init__(self, settings: StackSettings) -> None:
        self._postgres = PostgresContainer(
            settings.postgres_image, password=secrets.token_hex(16), driver=None
        )
        self._kafka = ApacheKafkaContainer(settings.kafka_image)
        self.admin_dsn: str | None = None
        self.addresses = Addresses("", {}, {}, None)

    async def start(self, services: Sequence[str]) -> None:
        """Start both containers and create the databases."""
        for container in (self._postgres, self._kafka):
            await asyncio.to_thread(_publish_on_loopback, container)
        tasks = [
            asyncio.create_task(asyncio.to_thread(self._postgres.start)),
            # Its own patience is half a minute, which a busy machine can exceed.
            asyncio.create_task(asyncio.to_thread(self._kafka.start, _START_SECONDS)),
        ]
        done, _ = await asyncio.wait(tasks)
        for task in done:
            task.result()
        self.admin_dsn = self._postgres.get_connection_url()
        bootstrap = self._kafka.get_bootstrap_server()
        await _until_kafka_answers(bootstrap)
        owner: dict[str, str] = {}
        login: dict[str, str] = {}
        for service in services:
            owner[service], login[service] = await create_database(
                self.admin_dsn, service, password=secrets.token_hex(16)
            )
        self.addresses = Addresses(bootstrap, owner, login, None)

    async def stop(self) -> None:
        """Remove both containers."""
        for container in (self._kafka, self._postgres):
            with contextlib.suppress(NotFound):
                await asyncio.to_thread(container.stop)


async def start_containers(settings: StackSettings, services: Sequence[str]) -> ContainerStack:
    """Start the containers; StackError where no engine answers or an image cannot be had."""
    await asyncio.to_thread(_require_engine)
    stack = ContainerStack(settings)
    try:
        await stack.start(services)
    except (DockerException, OSError, RuntimeError, asyncpg.PostgresError) as error:
        await stack.stop()
        raise StackError(
            f"The containers of {settings.postgres_image} and {settings.kafka_image} could not be "
            f"started. Is the engine able to pull them? {error}"
        ) from error
    except BaseException:
        await stack.stop()
        raise
    return stack


def _publish_on_loopback(container: DockerContainer) -> None:
    """Keep a container's ports to this machine, where the engine is on it."""
    client = container.get_docker_client()
    here = client.get_connection_mode() == ConnectionMode.docker_host
    if not here or client.host() != "localhost":
        return
    # Anything but None or a number is Docker's business; the port is still a free one.
    ports: dict[str, Any] = dict.fromkeys(container.ports, ("127.0.0.1",))
    container.ports = ports


def _require_engine() -> None:
    try:
        client = docker.from_env(timeout=5)
    except DockerException as error:
        raise StackError(
            "No Docker engine answers: start one (or set DOCKER_HOST), "
            "or use MAARID_STACK=embedded, which needs none."
        ) from error
    client.close()


async def _until_kafka_answers(bootstrap: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not await answers_metadata(bootstrap):
        if time.monotonic() > deadline:
            raise StackError(f"Kafka did not answer at {bootstrap} within {_START_SECONDS} s.")
        await asyncio.sleep(0.1)
