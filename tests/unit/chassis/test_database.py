"""Which errors of PostgreSQL pass by themselves."""

from __future__ import annotations

import asyncpg
import pytest

from chassis.postgres.database import TROUBLE


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.ReadOnlySQLTransactionError,  # 25006: a server that has become a standby
        asyncpg.IdleInTransactionSessionTimeoutError,  # 25P03
        asyncpg.TransactionTimeoutError,  # 25P04
        asyncpg.CannotConnectNowError,  # 57P03
        asyncpg.AdminShutdownError,  # 57P01
        asyncpg.DiskFullError,  # 53100
        asyncpg.TooManyConnectionsError,  # 53300
        asyncpg.ConnectionDoesNotExistError,  # 08003
    ],
)
def test_trouble_is_waited_out(error: type[Exception]) -> None:
    assert issubclass(error, TROUBLE)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InFailedSQLTransactionError,  # 25P02
        asyncpg.ActiveSQLTransactionError,  # 25001
        asyncpg.NoActiveSQLTransactionError,  # 25P01
        asyncpg.UndefinedTableError,
        asyncpg.InsufficientPrivilegeError,
        asyncpg.DataError,
    ],
)
def test_a_mistake_of_ours_is_no_trouble(error: type[Exception]) -> None:
    assert not issubclass(error, TROUBLE)
