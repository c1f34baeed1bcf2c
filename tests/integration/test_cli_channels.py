"""`maarid channels` shows, pauses and resumes networks, as one types it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from chassis.postgres.database import open_pool
from cli.definitions import definition_of
from servers import Stack
from services import SERVICES
from services.notifications.messages.rows import channels
from tests.conftest import Databases
from tests.running_service import migrated


async def test_a_network_is_paused_and_resumed_by_name(database: Databases, stack: Stack) -> None:
    owner, service = await migrated(database, definition_of("notifications"))
    environment = {
        **os.environ,
        "MAARID_STACK": "external",
        "MAARID_BOOTSTRAP": stack.addresses.bootstrap,
        "MAARID_OPERATOR": "amina",
        **{f"MAARID_{each.upper()}_OWNER_DATABASE_URL": owner for each in SERVICES},
        **{f"MAARID_{each.upper()}_DATABASE_URL": service for each in SERVICES},
    }

    async def typed(*words: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            *(str(Path(sys.executable).with_name("maarid")), "channels", *words),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        return process.returncode, said.decode()

    assert await typed("check") == (0, "none: notifications has not run yet\n")
    async with await open_pool(service, name="test") as pool:
        await channels.add(pool, ["smpp", "whatsapp"])
        assert await typed("check") == (0, "smpp: running\nwhatsapp: running\n")
        assert await typed("pause", "smpp") == (0, "smpp: paused\n")
        assert await typed("pause", "smpp") == (0, "smpp: paused already\n")
        code, said = await typed("check")
        assert code == 1
        assert "smpp: paused since " in said
        assert "(by amina)" in said
        await channels.stop(pool, "whatsapp", "denied")
        assert await typed("resume", "all") == (0, "smpp: running\nwhatsapp: running\n")
        code, said = await typed("resume", "pigeon")
        assert code == 2
        assert "pigeon is no network; there are smpp, whatsapp" in said
