"""What a booking over HTTP is compared with: a FastAPI route that commits one INSERT, and no more.

`BARE_DSN=… BARE_PORT=… python -m benchmarks.bare`: with the parser and the event loop of our
services.  It asks nobody who they are, keeps no key, bounds nothing, and books one seat twice.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Literal
from uuid import UUID, uuid4

import asyncpg
import uvicorn
from fastapi import FastAPI, Request
from pydantic import BaseModel

TABLE = """
create table if not exists public.bare (
    seat_id uuid primary key,
    session_id uuid not null,
    attendee_id uuid not null,
    contact_id uuid
)
"""
INSERT = "insert into public.bare values ($1, $2, $3, $4)"


class SeatIn(BaseModel):
    attendee_id: UUID
    contact_id: UUID | None = None
    wait: bool = True


class ReservationOut(BaseModel):
    seat_id: UUID
    status: Literal["reserved", "waitlisted"]
    rank: int | None = None


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with asyncpg.create_pool(os.environ["BARE_DSN"]) as pool:
        await pool.execute(TABLE)
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/workshops/{session_id}/seats", status_code=201)
async def reserve_seat(session_id: UUID, wanted: SeatIn, request: Request) -> ReservationOut:
    pool: asyncpg.Pool[Any] = request.app.state.pool
    seat_id = uuid4()
    await pool.execute(INSERT, seat_id, session_id, wanted.attendee_id, wanted.contact_id)
    return ReservationOut(seat_id=seat_id, status="reserved")


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(os.environ["BARE_PORT"]),
        loop="asyncio",
        http="httptools",
        log_level="warning",
        access_log=False,
    )
