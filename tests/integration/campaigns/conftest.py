"""Two replicas of notifications on one database, for all tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from servers import Stack
from tests.conftest import databases_of
from tests.integration.campaigns.writing import ADD_FAIR, EMPTY, FAIR
from tests.integration.replicas.two_replicas import Replicas, two_of


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def both_replicas(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Replicas]:
    home: Path = tmp_path_factory.mktemp("campaigns")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MAARID_NETWORKS", "pocket=0.50")
        async with (
            databases_of(stack) as database,
            two_of("notifications", database, home) as both,
        ):
            await both.owner.execute(ADD_FAIR, FAIR)
            yield both


@pytest_asyncio.fixture(loop_scope="session")
async def replicas(both_replicas: Replicas) -> Replicas:
    """Both, at a fair where nobody exhibits yet."""
    await both_replicas.owner.execute(EMPTY)
    return both_replicas
