"""The index of products: rows that a worker makes from the read tables, and the queries on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import orjson
from pydantic import BaseModel, Field

from chassis.answers.listing import Listing, Order, Page, Part
from chassis.answers.shapes import AnswerOut, Stored
from chassis.kernel.text import Text
from chassis.postgres.database import Connection, Pool
from services.registration.catalogue.spelling import (
    SPELLING,
    question_of,
    sound_of,
    terms_of,
    words_of,
)

FOLLOWED = 1000
"""Events that are read at once."""
INDEXED = 50
"""Exhibitors that are indexed in one transaction."""

# The index is made

# Cheap, for every replica asks it a few times a second.  A replica whose spelling is older than
# the index leaves it alone.
WORK = """
select spelling < $1
       or spelling = $1 and (exists (select from catalogue_due)
                             or exists (select from log.events where position > i.position))
  from catalogue_index as i
"""
CLAIM = "select position, spelling from catalogue_index where spelling <= $1 for update skip locked"
NEWS = """
select position, type, coalesce(data ->> 'application_id', data ->> 'exhibitor_id') as exhibitor_id,
       data ->> 'organisation_id' as organisation_id, data ->> 'code' as family,
       data ->> 'fair_id' as fair_id
  from log.events where position > $1 order by position limit $2
"""
# By their names on disk: of events that this version does not know yet as well.
ORGANISATIONS, FAMILIES, CANCELLED = "organisation_", "product_family_", "fair_cancelled."
ALL_ARE_DUE = """
insert into catalogue_due (exhibitor_id)
select application_id from applications where status = 'accepted' on conflict do nothing
"""
ARE_DUE = """
insert into catalogue_due (exhibitor_id)
select unnest($1::text[])
union select application_id from applications
       where organisation_id = any($2::text[]) and status = 'accepted'
union select application_id from applications
       where families && $3::text[] and status = 'accepted'
union select application_id from applications
       where fair_id = any($4::text[]) and status = 'accepted'
on conflict do nothing
"""
FOLLOW = "update catalogue_index set position = $1, spelling = $2"
TAKE = """
delete from catalogue_due where exhibitor_id in (
    select exhibitor_id from catalogue_due order by exhibitor_id limit $1 for update skip locked)
returning exhibitor_id
"""
FOUND = """
select a.application_id as exhibitor_id, a.fair_id, a.organisation_id, a.products,
       o.name as organisation, o.province,
       (select coalesce(jsonb_object_agg(m.code, m.name), '{}')
          from families as m where m.code = any(a.families)) as families
  from applications as a join organisations as o using (organisation_id)
  join fairs as f using (fair_id)
 where a.application_id = any($1::text[]) and a.status = 'accepted' and f.cancelled_because is null
"""
FORGET = "delete from catalogue_products where exhibitor_id = any($1::text[])"
INDEX = """
insert into catalogue_products (item, exhibitor_id, fair_id, organisation_id, province, family,
                                name, origin, names, words)
values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9, $10)
"""


async def is_behind(pool: Pool) -> bool:
    """Whether there is something to follow or to index."""
    return bool(await pool.fetchval(WORK, SPELLING))


async def follow(db: Connection) -> int:
    """Note whose products the next events of the log concern; returns how many events these were.

    Within a transaction.  Where another replica is at it, there are none.
    """
    index = await db.fetchrow(CLAIM, SPELLING)
    if index is None:
        return 0
    if index["spelling"] < SPELLING:
        await db.execute(ALL_ARE_DUE)
    news = await db.fetch(NEWS, index["position"], FOLLOWED)
    exhibitors = {row["exhibitor_id"] for row in news} - {None}
    organisations = {
        row["organisation_id"] for row in news if row["type"].startswith(ORGANISATIONS)
    }
    families = {row["family"] for row in news if row["type"].startswith(FAMILIES)}
    cancelled = {row["fair_id"] for row in news if row["type"].startswith(CANCELLED)}
    concerned = (exhibitors, organisations, families, cancelled)
    if any(concerned):
        await db.execute(ARE_DUE, *map(list, concerned))
    await db.execute(FOLLOW, news[-1]["position"] if news else index["position"], SPELLING)
    return len(news)


async def index_due(db: Connection) -> int:
    """Index some exhibitors that are due, and forget those that take part in nothing any more;
    returns how many were due.  Within a transaction."""
    taken = [row["exhibitor_id"] for row in await db.fetch(TAKE, INDEXED)]
    if taken:
        await db.execute(FORGET, taken)
        for exhibitor in await db.fetch(FOUND, taken):
            # One after the other: between them others have their turn on the event loop.
            await db.executemany(INDEX, indexed(exhibitor))
    return len(taken)


def indexed(exhibitor: asyncpg.Record) -> list[tuple[Any, ...]]:
    """The rows of an exhibitor's products."""
    families: Mapping[str, Mapping[str, str]] = orjson.loads(exhibitor["families"])
    around = words_of(*_texts(orjson.loads(exhibitor["organisation"])), str(exhibitor["province"]))
    rows: list[tuple[Any, ...]] = []
    for number, product in enumerate(orjson.loads(exhibitor["products"])):
        origin = product.get("origin")
        names = words_of(*_texts(product["name"]), *_texts(origin or {}))
        family = words_of(product["family"], *_texts(families.get(product["family"], {})))
        rows.append(
            (
                f"{exhibitor['exhibitor_id']}/{number:03}",
                exhibitor["exhibitor_id"],
                exhibitor["fair_id"],
                exhibitor["organisation_id"],
                exhibitor["province"],
                product["family"],
                orjson.dumps(product["name"]).decode(),
                None if origin is None else orjson.dumps(origin).decode(),
                terms_of(names),
                terms_of(dict.fromkeys((*names, *family, *around))),
            )
        )
    return rows


def _texts(text: Mapping[str, str | None]) -> list[str]:
    """What a text says in all its languages."""
    return [each for each in text.values() if each]


# Queries


class MakerOut(BaseModel):
    """The organisation that shows a product, as it is called today."""

    organisation_id: str
    name: Text
    kind: str
    province: str
    women_led: bool
    youth_led: bool


class ProductOut(AnswerOut):
    """A product of an exhibitor at one fair."""

    fair_id: str
    exhibitor_id: str
    name: Stored[Text]
    origin: Stored[Text | None]
    family: str
    family_name: Stored[Text | None] = Field(description="Null until the family is defined.")
    organisation: Stored[MakerOut]


# What is shown of a product is looked up for the page alone: PostgreSQL computes such columns after
# the order is known.
PRODUCTS = """
select p.*,
       (select f.name from families as f where f.code = p.family) as family_name,
       (select jsonb_build_object('organisation_id', o.organisation_id, 'name', o.name,
                                  'kind', o.kind, 'province', o.province,
                                  'women_led', o.women_led, 'youth_led', o.youth_led)
          from organisations as o where o.organisation_id = p.organisation_id) as organisation
  from ({found}) as p
"""
FOUND_BY = """
select item, fair_id, exhibitor_id, organisation_id, family, name, origin, {place} as place
  from catalogue_products
 where ($1::text is null or fair_id = $1)
   and ($2::text[] is null or family = any($2))
   and ($3::text is null or province = $3)
"""
# From the best to the least: all words stand in the name as they are asked for, or sound so; or
# they begin words of it, or stand elsewhere.  To tell the last two apart would take twice the time.
# `offset 0` keeps the place from being computed for each of its uses.
BY_WORDS = """
   and array_to_tsvector(words) @@ $4::text::tsquery offset 0
"""
PLACE = """
case when names @> $5::text[] then '0' when names @> $6::text[] then '1' else '2' end || item
"""
# A place is an order of its own and unique, so cursors hold it alone.
ORDERS = {"match": Order(), "fair_id": Order("fair_id"), "family": Order("family")}
CATALOGUE = Listing(PRODUCTS.format(found=FOUND_BY.format(place="item")), "place", ORDERS)
SEARCH = Listing(
    PRODUCTS.format(found=FOUND_BY.format(place=PLACE) + BY_WORDS),
    "place",
    ORDERS,
)
"""The same orders: a page of either is asked for in the same way."""


async def products(
    db: Connection | Pool,
    page: Page,
    words: Sequence[str],
    fair_id: str | None,
    families: Sequence[str] | None,
    province: str | None,
) -> Part[Any]:
    """Products in which all these words stand, or all where there are no words."""
    filters = (fair_id, families, province)
    if not words:
        return await CATALOGUE.part(db, page, *filters)
    asked = (question_of(words), list(words), [sound_of(word) for word in words])
    return await SEARCH.part(db, page, *filters, *asked)
