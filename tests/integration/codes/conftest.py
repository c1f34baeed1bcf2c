"""Two replicas of notifications on one database, for all tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from servers import Stack
from services.notifications.codes.keys import new_key
from tests.conftest import databases_of
from tests.integration.codes.asking import ADD_FAIR, EMPTY, FAIR, OTHERS
from tests.integration.replicas.two_replicas import Replicas, two_of


@pytest.fixture(scope="package")
def keys_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("codes") / "keys"
    path.write_text(f"{new_key()}\n")
    return path


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def both_replicas(stack: Stack, keys_file: Path) -> AsyncGenerator[Replicas]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MAARID_CODE_KEYS_FILE", str(keys_file))
        async with (
            databases_of(stack) as database,
            two_of("notifications", database, keys_file.parent) as both,
        ):
            await both.owner.executemany(ADD_FAIR, [(fair,) for fair in (FAIR, *OTHERS)])
            yield both


@pytest_asyncio.fixture(loop_scope="session")
async def replicas(both_replicas: Replicas) -> Replicas:
    """Both, of whom nobody has asked for anything."""
    await both_replicas.owner.execute(EMPTY)
    return both_replicas
