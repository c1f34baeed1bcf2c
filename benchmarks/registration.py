"""A selection at the size of a national salon: proposed, published, and read again."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time as hour, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson

from benchmarks.ground import Ground, Place
from benchmarks.measuring import (
    Line,
    Measured,
    at_most,
    in_turns,
    percentile,
    rate_of,
    settle,
    share_of,
    until,
)
from chassis.definition.runtime import Deciding, Runtime
from chassis.definition.timers import Timers
from chassis.jobs import store
from chassis.jobs.worker import Worker
from chassis.kernel.text import Text
from chassis.log.context import CommandContext
from chassis.log.desk import Desk
from chassis.postgres.clock import Clock
from chassis.process.tasks import end
from services.registration.app import definition
from services.registration.dossiers.domain import MarkApplication, application_stream
from services.registration.fairs.domain import (
    AnnounceFair,
    CloseCall,
    Command,
    Fair,
    OpenCall,
    Pole,
    fair_stream,
)
from services.registration.intakes.handlers import JOBS as INTAKE_JOBS, take_in
from services.registration.ranking.handlers import JOBS, RUN
from services.registration.selection import draw
from services.registration.selection.application import Needs, Participation, Product
from services.registration.selection.domain import SubmitApplication
from services.registration.selection.publication import (
    Choice,
    Chosen,
    HoldDraw,
    PublishRules,
    PublishSelection,
)
from services.registration.selection.rules import PLACES, Applicant, Of, Quota, ScoreTerm

SELECTION_SECONDS = 10
PUBLISH_SECONDS = 3
FOLD_SECONDS = 1
PREVIEW_SECONDS = 5
LISTED = 5000
APPLICATIONS, PLACES_GIVEN = 2000, 350
DECISIONS = 5000
FAIR = "bench-2030"
SECRET = b"bench" * 8
TEXT = Text("نص", "texte")
PRODUCTS = tuple(
    Product(family, Text(f"منتوج مجالي {family}", f"Un produit du terroir, {family}"))
    for family in ("olive_oil", "honey", "saffron")
)
POLES = {"products": 245, "crafts": 105}
TERMS = (
    ScoreTerm(Of.KIND, 10, "cooperative"),
    ScoreTerm(Of.WOMEN_LED, 5),
    ScoreTerm(Of.NEWCOMER, 5),
    ScoreTerm(Of.MARK, 1, "quality"),
)
QUOTAS = (
    Quota(Of.WOMEN_LED, at_least=50),
    Quota(Of.YOUTH_LED, at_least=30),
    Quota(Of.NEWCOMER, at_least=20, at_most=60),
    Quota(Of.PROVINCE, "province-0", at_most=20),
    Quota(Of.PROVINCE, "province-6", at_least=5),
    Quota(Of.PROVINCE, "province-7", at_least=5),
    Quota(Of.KIND, "cooperative", "products", at_most=60),
    Quota(Of.KIND, "gie", "crafts", at_least=15),
)


def applicants(number: int) -> list[Applicant]:
    """Made-up applicants, the same each time."""
    chance = random.Random(1)
    kinds, shares = ("cooperative", "gie", "association", "mutual"), (50, 20, 15, 15)
    provinces = [f"province-{n}" for n in range(8)]
    return [
        Applicant(
            str(UUID(int=chance.getrandbits(128))),
            chance.choices([*POLES], [*POLES.values()])[0],
            chance.choices([1, 2, 3], [85, 12, 3])[0],
            chance.choices(kinds, shares)[0],
            chance.choices(provinces, [8, 6, 4, 3, 2, 2, 1, 1])[0],
            women_led=chance.random() < 0.35,
            youth_led=chance.random() < 0.2,
            newcomer=chance.random() < 0.5,
            marks=(("quality", chance.randint(1, 20)),),
        )
        for _ in range(number)
    ]


async def selection(ground: Ground) -> Measured:
    """From the wish to the proposal, in the child process; the first one starts the child."""
    given = _given(ground)
    async with ground.place(definition()) as place:
        running = asyncio.create_task(Worker("bench", JOBS, place.pool).run())
        try:
            made = [await _proposed(place, given) for _ in range(ground.turns)]
        finally:
            await end(running)
    told = made[0][1]
    figures = {"proven": told["proven"], "draw_proven": told["draw_proven"]}
    score = {"score": told["objective"], "score_bound": told["bound"]}
    seconds = statistics.median(seconds for seconds, _ in made)
    return share_of(seconds, SELECTION_SECONDS, "s", **figures, **score)


def _given(ground: Ground) -> Any:
    """What a run of that size is given."""
    number = ground.amount(APPLICATIONS, 100)
    open_ = applicants(number)
    ranks = draw.ranks(b"seed", [each.application_id for each in open_], number)
    inputs = {
        "terms": TERMS,
        "quotas": QUOTAS,
        "waiting": 100,
        "free": {pole: places * number // APPLICATIONS for pole, places in POLES.items()},
        "accepted": (),
        "open": open_,
        "ranks": ranks,
        "may_leave_places": ground.short,
    }
    return {"fair_id": FAIR, "saw_version": 1, "digest": "", "inputs": inputs}


async def _proposed(place: Place, given: Any) -> tuple[float, Any]:
    wish = CommandContext(uuid4(), "organiser:bench")
    began = time.perf_counter()
    job_id = await store.ask(place.pool, RUN, orjson.dumps(given).decode(), wish)

    async def ended() -> bool:
        shown = await store.find(place.pool, job_id, wish.actor)
        return shown["ended_at"] is not None

    await until(ended)
    seconds = time.perf_counter() - began
    shown = await store.find(place.pool, job_id, wish.actor)
    assert shown["state"] == "done", shown["error"]
    return seconds, orjson.loads(shown["result"])


@asynccontextmanager
async def _solving(place: Place, given: Any) -> AsyncGenerator[None]:
    """One run after the other, for the time of a block; the first is over before it begins."""

    encoded = orjson.dumps(given).decode()

    async def on_and_on() -> None:
        while True:
            job_id = await store.ask(place.pool, RUN, encoded, _context())

            async def ended(job_id: UUID = job_id) -> bool:
                # Its result is left where it is: reading it is not what is measured.
                done = "select ended_at is not null from log.jobs where id = $1"
                return await place.pool.fetchval(done, job_id)

            await until(ended)

    running = asyncio.create_task(Worker("bench", JOBS, place.pool).run())
    await _proposed(place, given)
    asking = asyncio.create_task(on_and_on())
    try:
        yield
    finally:
        await end(asking)
        await end(running)


async def while_solving(ground: Ground) -> Measured:
    """One mark after another, with a child that solves and without."""
    number, given = ground.amount(1000, 100), _given(ground)
    async with ground.place(definition()) as place:

        async def idle() -> float:
            async with place.desk() as desk:
                ids = [str(uuid4()) for _ in range(number)]
                settle()
                times: list[float] = []
                for id_ in ids:
                    mark = MarkApplication(FAIR, id_, "quality", 1)
                    began = time.perf_counter()
                    await desk.execute(application_stream(id_), mark, _context())
                    times.append(time.perf_counter() - began)
                return percentile(times, 0.99)

        async def busy() -> float:
            async with _solving(place, given):
                return await idle()

        return await in_turns(ground, busy, idle, unit="ms", scale=1000)


def _context() -> CommandContext:
    return CommandContext(uuid4(), "organiser:bench")


@asynccontextmanager
async def _ready(ground: Ground) -> AsyncGenerator[tuple[Place, PublishSelection]]:
    """A fair whose applications wait for a selection, and the selection."""
    number = ground.amount(DECISIONS, 100)
    open_ = applicants(number)
    async with ground.place(definition()) as place, place.desk() as desk:
        await _called(desk)
        work = [_application(each) for each in open_]
        await rate_of(work, 400, lambda each: _decide(desk, each))
        await _decide(desk, CloseCall("enough"))
        await _decide(desk, HoldDraw(SECRET.hex(), "olive"))
        fair: Fair = await desk.state(fair_stream(FAIR))
        yield place, _selection_of(open_, fair.version)


async def _called(desk: Desk) -> None:
    poles = tuple(Pole(pole, TEXT, places) for pole, places in POLES.items())
    opens, closes = hour(10), hour(22)
    days = (date(2030, 9, 1), date(2030, 9, 7))
    now = datetime.now(UTC)
    for command in (
        AnnounceFair(
            FAIR, 1, TEXT, TEXT, TEXT, TEXT, "Africa/Casablanca", *days, opens, closes, None,
            poles, (),
        ),
        PublishRules(TERMS, (), secret_hash=draw.sum_of(SECRET), now=now),
        OpenCall(now + timedelta(days=1), now),
    ):  # fmt: skip
        await _decide(desk, command)


async def _decide(desk: Desk, command: Command) -> None:
    await desk.execute(fair_stream(FAIR), command, _context())


def _application(of: Applicant) -> SubmitApplication:
    return SubmitApplication(
        FAIR,
        of.application_id,
        str(uuid4()),
        None,
        Participation.EXHIBITOR,
        of.pole_id,
        PRODUCTS,
        of.booths,
        2,
        Needs(),
        (),
        datetime.now(UTC),
    )


def _selection_of(open_: Sequence[Applicant], version: int) -> PublishSelection:
    """Those who came first are accepted, as far as there are places."""
    free = dict(POLES)
    choices: list[Choice] = []
    for each in open_:
        if each.booths <= free[each.pole_id]:
            free[each.pole_id] -= each.booths
            choices.append(Choice(each.application_id, Chosen.ACCEPTED, "selected"))
        else:
            choices.append(Choice(each.application_id, Chosen.WAITLISTED, "no_place", PLACES))
    return PublishSelection(
        tuple(choices), tuple(open_), 0, 0, proven=False, digest="0" * 64,
        found_digest="0" * 64, saw_version=version,
    )  # fmt: skip


async def publish(ground: Ground) -> Measured:
    """One command, until all its events are durable."""
    made: list[float] = []
    for _ in range(ground.turns):
        async with _ready(ground) as (place, selected), place.desk() as desk:
            await desk.state(fair_stream(FAIR))
            settle()
            began = time.perf_counter()
            await _decide(desk, selected)
            made.append(time.perf_counter() - began)
    return share_of(statistics.median(made), PUBLISH_SECONDS, "s")


async def fold(ground: Ground) -> Measured:
    """The stream of that fair, read by a desk that has not seen it."""
    made: list[float] = []
    async with _ready(ground) as (place, selected):
        async with place.desk() as desk:
            await _decide(desk, selected)
        for _ in range(ground.turns):
            async with place.desk() as desk:
                settle()
                began = time.perf_counter()
                await desk.state(fair_stream(FAIR))
                made.append(time.perf_counter() - began)
    return share_of(statistics.median(made), FOLD_SECONDS, "s")


async def preview(ground: Ground) -> Measured:
    """From the file to its rows in the database, each compared with what is known; the first one
    starts the child."""
    number = ground.amount(LISTED, 100)
    file = listed(number)
    made: list[float] = []
    async with ground.place(definition()) as place, place.desk() as desk:
        await _called(desk)
        running = asyncio.create_task(Worker("bench", INTAKE_JOBS, place.pool).run())
        try:
            for _ in range(ground.turns):
                settle()
                began = time.perf_counter()
                read = await _previewed(place, desk, file)
                made.append(time.perf_counter() - began)
                assert read == number, "rows are missing"
        finally:
            await end(running)
    return share_of(statistics.median(made), PREVIEW_SECONDS, "s")


def listed(number: int) -> bytes:
    """A list in UTF-8 with semicolons, in Arabic."""
    lines = ["الاسم;الإقليم;الهاتف;الرئيسة;المنتوجات;رقم السجل"]
    lines += [
        f"تعاونية المثال {n};زاكورة;06{n:08};اسم مختلق {n};زيت الزيتون، عسل;{n}/2019"
        for n in range(number)
    ]
    return "\r\n".join(lines).encode()


async def _previewed(place: Place, desk: Desk, file: bytes) -> int:
    """Ask as the route does, wait for the job, and count its rows."""
    clock = Clock(simulated=False)
    runtime = Runtime(None, place.pool, clock, Deciding(desk, Timers("bench", place.pool, clock)))
    wish = CommandContext(uuid4(), "organiser:bench")
    intake_id = await take_in(runtime, wish, FAIR, "products", file)
    assert await store.ended(place.pool, intake_id, 60) == "done", "the list was not read"
    return await place.pool.fetchval(
        "select count(*) from intake_rows where intake_id = $1 and status = 'new'", intake_id
    )


LINES = (
    Line(
        "registration.selection",
        f"{APPLICATIONS} applications for {PLACES_GIVEN} places, 8 quotas, proposed and proven",
        at_most(1),
        selection,
    ),
    Line(
        "registration.while_solving",
        "one command alone, p99, while runs are solved against idle",
        at_most(3),
        while_solving,
    ),
    Line(
        "registration.publish",
        f"{DECISIONS} decisions in one command, until they are durable",
        at_most(1),
        publish,
    ),
    Line(
        "registration.fold",
        f"the stream of {DECISIONS} applications and their decisions, read anew",
        at_most(1),
        fold,
    ),
    Line(
        "registration.preview",
        f"a list of {LISTED} rows, read in the child process and compared with what is known",
        at_most(1),
        preview,
    ),
)
