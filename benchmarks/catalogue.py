"""How long a question to the catalogue takes, with the products of five large fairs on show."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time as hour, timedelta
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import httpx

from benchmarks.ground import Ground
from benchmarks.measuring import Line, Measured, at_most, percentile, settle, until
from chassis.kernel.text import Text
from chassis.log.context import CommandContext
from chassis.log.desk import Desk
from chassis.postgres.clock import Clock
from chassis.postgres.database import Pool, open_pool
from cli.launch import System, system
from scenarios.words import Term, families, organisations, provinces
from services.registration.app import definition
from services.registration.catalogue.domain import FAMILIES, DefineMissingFamilies
from services.registration.catalogue.standard import standard_families
from services.registration.fairs.domain import AnnounceFair, OpenCall, Pole, fair_stream
from services.registration.organisations.domain import EnrolOrganisation, Kind, organisation_stream
from services.registration.selection.application import (
    Needs,
    Participation,
    Product,
)
from services.registration.selection.domain import (
    AcceptApplication,
    SubmitApplication,
)

P99_MS = 30
FAIRS = 5
PRODUCTS_EACH = 4
AT_ONCE = 200

QUESTIONS = (
    *("djellaba", "jellaba", "bzioua", "البزيوية", "الجلباب", "miel", "mial", "عسل الزعتر"),
    *("zafran", "safran", "huile d'argan", "زيت", "hui", "ta", "tapis noué", "kilim", "caft"),
    *("couscous orge", "kuskus", "qaftan", "savon beldi", "صابون", "nour", "الأمل", "agadir"),
    *("eau de rose", "dattes majhoul", "medjool", "no such word", "لا شيء من هذا", "babouches"),
)
"""As visitors ask: whole words, beginnings, other spellings, and what nobody shows."""


async def search_p99(ground: Ground) -> Measured:
    """One question after another over HTTP; each is one of those that visitors ask."""
    exhibitors = ground.amount(5000, 100)
    questions = [*islice(cycle(QUESTIONS), ground.amount(3000, 60))]
    with TemporaryDirectory(prefix="maarid-bench-") as home:
        async with system(Path(home), simulated=False) as running:
            async with _desk(running) as (desk, pool):
                await _fill(desk, exhibitors // FAIRS)
                await until(lambda: _is_indexed(pool, exhibitors * PRODUCTS_EACH))
                await pool.execute("analyze catalogue_products, applications, organisations")
            async with httpx.AsyncClient(base_url=running.urls["registration"]) as http:
                for question in QUESTIONS:
                    await _ask(http, question)
                settle()
                times = [await _ask(http, question) * 1000 for question in questions]
    p99 = percentile(times, 0.99)
    figures = {
        "value": round(p99, 1),
        "limit": P99_MS,
        "unit": "ms",
        "p50": round(percentile(times, 0.5), 1),
        "products": exhibitors * PRODUCTS_EACH,
    }
    return Measured(p99 / P99_MS, f"{p99:.1f} ms of {P99_MS} ms", figures)


async def _ask(http: httpx.AsyncClient, question: str) -> float:
    began = time.perf_counter()
    answer = await http.get("/catalogue", params={"q": question})
    took = time.perf_counter() - began
    answer.raise_for_status()
    return took


@asynccontextmanager
async def _desk(running: System) -> AsyncGenerator[tuple[Desk, Pool]]:
    pool = await open_pool(running.addresses.service_dsn["registration"], name="benchmarks")
    desk = definition().desk(pool, Clock(simulated=False))
    await desk.start()
    try:
        yield desk, pool
    finally:
        await desk.stop()
        await pool.close()


async def _is_indexed(pool: Pool, products: int) -> bool:
    return await pool.fetchval("select count(*) from catalogue_products") == products


def _wish() -> CommandContext:
    return CommandContext(uuid4(), "organiser:bench")


def _text(*terms: Term) -> Text:
    return Text(" ".join(term.ar for term in terms), " ".join(term.fr for term in terms))


async def _fill(desk: Desk, exhibitors: int) -> None:
    """Fairs with so many exhibitors each, made of the words of the scenarios."""
    await desk.execute(FAMILIES, DefineMissingFamilies(standard_families()), _wish())
    made_up = _products()
    for number in range(FAIRS):
        fair_id = f"bench-{number}"
        await desk.execute(fair_stream(fair_id), _fair(fair_id, exhibitors), _wish())
        call = OpenCall(datetime.now(UTC) + timedelta(days=1), datetime.now(UTC))
        await desk.execute(fair_stream(fair_id), call, _wish())
        for begin in range(0, exhibitors, AT_ONCE):
            part = range(begin, min(begin + AT_ONCE, exhibitors))
            await asyncio.gather(
                *(_exhibit(desk, fair_id, each, [*islice(made_up, PRODUCTS_EACH)]) for each in part)
            )


def _products() -> Iterator[Product]:
    """Each product of each family, of one province after the other."""
    places = cycle(provinces().values())
    while True:
        for family in families().values():
            for goods in family.products:
                place = next(places).name
                yield Product(family.code, _text(goods.name, place), origin=_text(place))


async def _exhibit(desk: Desk, fair_id: str, number: int, products: Sequence[Product]) -> None:
    names, kinds = organisations().names, organisations().kinds
    province = [*provinces().values()][number % len(provinces())]
    name = _text(kinds["cooperative"], names[number % len(names)], province.name)
    organisation_id, application_id = str(uuid4()), str(uuid4())
    enrolled = EnrolOrganisation(
        organisation_id, Kind.COOPERATIVE, name, province.slug, province.region
    )
    applied = SubmitApplication(
        *(fair_id, application_id, organisation_id, None, Participation.EXHIBITOR, "products"),
        *(tuple(products), 1, 2, Needs(), ()),
        now=datetime.now(UTC),
    )
    await desk.execute(organisation_stream(organisation_id), enrolled, _wish())
    await desk.execute(fair_stream(fair_id), applied, _wish())
    accepted = AcceptApplication(application_id, "selected")
    await desk.execute(fair_stream(fair_id), accepted, _wish())


def _fair(fair_id: str, places: int) -> AnnounceFair:
    name, first = Text("معرض", "Salon"), date.today() + timedelta(days=30)
    return AnnounceFair(
        *(fair_id, 1, name, name, name, name, "Africa/Casablanca"),
        *(first, first + timedelta(days=5), hour(10), hour(22), None),
        poles=(Pole("products", name, places),),
        programmes=(),
    )


LINES = (
    Line(
        "registration.search_p99",
        "20,000 products, one question over HTTP, p99",
        at_most(1),
        search_p99,
    ),
)
"""Starts servers of its own."""
