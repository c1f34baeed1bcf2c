"""What is done to the system: one fault at a time or two at once, for some seconds each."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from chaos.proxy import FaultProxy
from chaos.world import Replica, World

Fault = Callable[[World, random.Random], AbstractAsyncContextManager[str]]
"""A block during which something is broken; gives a word on what."""


def _proxy_fault(server: str, kind: str) -> Fault:
    @asynccontextmanager
    async def broken(world: World, chance: random.Random) -> AsyncGenerator[str]:
        replica = chance.choice(world.replicas)
        proxy: FaultProxy = getattr(replica, server)
        try:
            match kind:
                case "silent":
                    proxy.silence(new=True)
                case "established_silent":
                    proxy.silence(new=False)
                case "answers_lost":
                    proxy.lose_answers(new=False)
                case "half_open":
                    proxy.half_open()
                case "slow":
                    proxy.slow(chance.uniform(0.05, 0.4))
                case "cut":
                    proxy.cut()
                case _:
                    await proxy.refuse()
            yield replica.name
        finally:
            await proxy.heal()

    return broken


def _signal_fault(number: signal.Signals) -> Fault:
    @asynccontextmanager
    async def ended(world: World, chance: random.Random) -> AsyncGenerator[str]:
        replica = chance.choice(world.replicas)
        replica.send(number)
        yield replica.name

    return ended


@asynccontextmanager
async def _frozen(world: World, chance: random.Random) -> AsyncGenerator[str]:
    replica: Replica = chance.choice(world.replicas)
    replica.send(signal.SIGSTOP)
    try:
        yield replica.name
    finally:
        replica.send(signal.SIGCONT)


@asynccontextmanager
async def _postgres_crashed(world: World, chance: random.Random) -> AsyncGenerator[str]:
    await world.stack.kill_postgres()
    try:
        yield "PostgreSQL"
    finally:
        await world.stack.start_postgres()


@asynccontextmanager
async def _kafka_killed(world: World, chance: random.Random) -> AsyncGenerator[str]:
    await world.stack.kill_kafka()
    try:
        yield "Kafka"
    finally:
        await world.stack.start_kafka()


@asynccontextmanager
async def _kafka_frozen(world: World, chance: random.Random) -> AsyncGenerator[str]:
    pid = world.stack.kafka_pid
    if pid is None:  # Another fault has it down.
        yield "Kafka"
        return
    os.kill(pid, signal.SIGSTOP)
    try:
        yield "Kafka"
    finally:
        if world.stack.kafka_pid == pid:
            os.kill(pid, signal.SIGCONT)


PROXIED = ("silent", "established_silent", "answers_lost", "half_open", "slow", "cut", "refused")

FAULTS: dict[str, tuple[float, Fault]] = {
    **{f"postgres_{kind}": (1.0, _proxy_fault("postgres", kind)) for kind in PROXIED},
    **{f"kafka_{kind}": (1.0, _proxy_fault("kafka", kind)) for kind in PROXIED},
    "replica_frozen": (2.0, _frozen),
    "replica_killed": (2.0, _signal_fault(signal.SIGKILL)),
    "replica_restarted": (1.0, _signal_fault(signal.SIGTERM)),
    "postgres_crashed": (0.7, _postgres_crashed),
    "kafka_killed": (0.7, _kafka_killed),
    "kafka_frozen": (0.7, _kafka_frozen),
}
"""Each kind with its weight."""

ALONE = frozenset({"postgres_crashed", "kafka_killed", "kafka_frozen"})
"""Faults of a server itself, of which there is one."""


def chosen(chance: random.Random) -> list[str]:
    """What breaks next: one fault, or now and then two at once."""
    names = list(FAULTS)
    weights = [FAULTS[name][0] for name in names]
    first = chance.choices(names, weights)[0]
    if chance.random() < 0.2:
        second = chance.choices(names, weights)[0]
        if second != first and not {first, second} <= ALONE:
            return [first, second]
    return [first]


async def inflict(
    world: World, names: list[str], chance: random.Random, seconds: float
) -> list[str]:
    """Let the named faults last for some seconds; returns whom they met."""
    if not names:
        await asyncio.sleep(seconds)
        return []
    async with FAULTS[names[0]][1](world, chance) as met:
        return [met, *await inflict(world, names[1:], chance, seconds)]
