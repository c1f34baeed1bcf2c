"""Secrets of draws: table `own.draw_secrets`.  Only the event of a draw reveals one."""

from __future__ import annotations

import secrets
from uuid import UUID

from chassis.postgres.database import Connection, Pool
from services.registration.selection import draw

BYTES = 32


async def make_secret(db: Connection | Pool, fair_id: str, command_id: UUID) -> str:
    """Keep a new secret and return its sum; a retry of the command finds the same one.

    It stands here before its sum is published: no crash leaves a sum without its secret.
    """
    secret = secrets.token_bytes(BYTES)
    await db.execute(
        "insert into draw_secrets (secret_hash, fair_id, secret, command_id)"
        " values ($1, $2, $3, $4) on conflict (command_id) do nothing",
        draw.sum_of(secret),
        fair_id,
        secret,
        command_id,
    )
    return await db.fetchval(
        "select secret_hash from draw_secrets where command_id = $1", command_id
    )


async def secret_of(db: Connection | Pool, secret_hash: str) -> bytes | None:
    """The secret of a sum; None where this database does not have it."""
    return await db.fetchval("select secret from draw_secrets where secret_hash = $1", secret_hash)
