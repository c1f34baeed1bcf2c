"""Rows with the names of persons: tables of the schema `own`, and nowhere else in this service.

A person is two rows.  The personal part is here; that the person exists and what else may be known
to all are events of an owner (an organisation, an exhibitor), seen in a read table, the standings.
The two cannot be written in one transaction, so they are written in the order in which a crash
between them does no harm:

- Adding: the personal row first, then the event.  Only rows whose event is recorded are shown and
  published (the standings are joined); a row that never gets its event is deleted
  (`workers/settling.py`).
- Correcting: the desk first, which remembers the command; then the row, once a command.
- Erasing: the row is emptied first, then the event; after a crash `settling.py` records the event.
- A retry of the addition that looked before the event was recorded may write the row again after
  the erasure.  Nothing shows or publishes it, and `settling.py` deletes it.

The revision of a record is the row's own count of changes plus the changes that events made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from maarid_contracts import Contract

from chassis.definition.personal import PersonalTable
from chassis.kafka.envelope import About
from chassis.kernel.decider import Stream
from chassis.postgres.database import Connection, Pool

Database = Connection | Pool
Values = tuple[str | None, ...]
"""The personal part of a row, in the order of its columns."""


@dataclass(frozen=True)
class Persons:
    """One kind of persons: the tables that it is kept in, its events, and its topic.

    The row has the columns `key`, `owner`, `personal`, `erased`, `revision`, `published_revision`,
    `recorded` and `written_at`; the standing `key` and `erased`.
    """

    one: str
    many: str
    """What they are called in log lines and in names of producers."""
    table: str
    standings: str
    corrections: str
    publisher: str
    """The one row that says who publishes, and how far it has read the log."""
    key: str
    owner: str
    personal: tuple[str, ...]
    said: str
    """The columns of the standing (`r`) that a record has."""
    model: type[Contract]
    telling: frozenset[str]
    """The events, as stored, that name the key and change the standing."""
    forgetting: frozenset[str]
    """Those of them after which nothing personal is kept."""
    record: str
    """SQL: copies the standings of the keys $1 beside their rows."""
    stream: Callable[[str], Stream[Any, Any, Any]]
    """The stream of an owner."""
    is_erased: Callable[[Any, str], bool | None]
    """Whether, by the state of that stream, nothing personal is to be left; None of a stranger."""
    erasing: Callable[[str], Any]
    """The command that records an erasure."""
    counted: str = ""
    """The column of row and standing that counts the changes that events made, if they make any."""
    ending: frozenset[str] = frozenset()
    """The events, as stored, that name the owner and end what its persons are kept for."""
    end: str = ""
    """SQL: marks the rows of the owners $1 whose end was recorded."""
    copies: tuple[str, ...] = ()
    """SQL: deletes what else holds the number of the key $1."""

    @property
    def tables(self) -> tuple[PersonalTable, ...]:
        """Those of its tables that hold what is personal."""
        persons = f"select name, phone from own.{self.table} where name is not null"
        return (PersonalTable(self.table, persons),)

    def total(self, counts: str) -> str:
        """SQL: the revision of the record, of a row `c`; `counts` is what has the count."""
        return f"c.revision + {counts}.{self.counted}" if self.counted else "c.revision"

    async def put(self, db: Database, key: str, owner: str, values: Values) -> None:
        """Keep the personal part; it is shown once its event is recorded.  A retry finds it."""
        await db.execute(self._put, key, owner, *values)

    async def forget(self, db: Database, key: str) -> None:
        """Delete a row whose event will never be recorded, or was recorded and taken back."""
        await db.execute(
            f"""
            delete from {self.table} as c where {self.key} = $1 and not recorded
               and not exists (select from {self.standings} as r
                                where r.{self.key} = c.{self.key} and not r.erased)
            """,
            key,
        )

    async def correct(self, pool: Pool, command_id: UUID, key: str, values: Values) -> None:
        """Change the personal part, once for each command; a person who was erased has none."""
        async with pool.acquire() as db, db.transaction():
            row = await db.fetchrow(
                f"select {', '.join(self.personal)} from {self.table}"
                f" where {self.key} = $1 and not erased for update",
                key,
            )
            if row is None:
                return
            new = await db.fetchval(
                f"insert into {self.corrections} (command_id, {self.key}) values ($1, $2)"
                " on conflict do nothing returning true",
                command_id,
                key,
            )
            if new and tuple(row) != values:
                await db.execute(self._change, key, *values)

    async def erase(self, db: Database, key: str) -> None:
        """Delete what is personal, now; the row stays until the tombstone has been published."""
        for copy in self.copies:
            await db.execute(copy, key)
        await db.execute(
            f"""
            update {self.table} set {self.empty}, erased = true, revision = revision + 1,
                   written_at = clock_timestamp()
             where {self.key} = $1 and not erased
            """,
            key,
        )

    @cached_property
    def empty(self) -> str:
        """SQL: sets every personal column to null."""
        return ", ".join(f"{column} = null" for column in self.personal)

    @cached_property
    def _put(self) -> str:
        columns = (self.key, self.owner, *self.personal)
        places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
        return f"""
        insert into {self.table} ({", ".join(columns)}) values ({places})
        on conflict ({self.key}) do update set written_at = clock_timestamp()
         where {self.table}.published_revision = 0
        """

    @cached_property
    def _change(self) -> str:
        new = ", ".join(f"{column} = ${n}" for n, column in enumerate(self.personal, 2))
        return f"""
        update {self.table} set {new}, revision = revision + 1, written_at = clock_timestamp()
         where {self.key} = $1
        """


def about_of(persons: Persons) -> str:
    """SQL: the last event about each of the keys $1.

    An owner's stream is short, and read backwards to the first event that names the key.  A
    correction is in no event, so the row says when it was made.
    """
    return f"""
    select c.{persons.key} as key, e.position, e.occurred_at, e.correlation_id, e.actor,
           greatest(e.recorded_at, c.written_at) as recorded_at
      from {persons.table} as c
     cross join lateral (
           select position, occurred_at, recorded_at, correlation_id, actor from log.events
            where stream = '{persons.stream("").name}' || c.{persons.owner}
              and data ->> '{persons.key}' = c.{persons.key}
            order by version desc limit 1) as e
     where c.{persons.key} = any($1::text[])
    """


async def about_persons(
    db: Connection | Pool, persons: Persons, keys: Sequence[str]
) -> Mapping[str, About]:
    """The last event about each of these persons, by key."""
    return {
        row["key"]: About(
            row["position"],
            row["occurred_at"],
            row["recorded_at"],
            row["correlation_id"],
            row["actor"],
        )
        for row in await db.fetch(about_of(persons), keys)
    }
