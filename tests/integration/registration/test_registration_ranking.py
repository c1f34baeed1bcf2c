"""A selection from its rules to its events, over HTTP, with the solver in its child process."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from chassis.replaying.rebuild import compare
from cli.draws import draw_again
from services.registration.app import definition
from tests.integration.registration.running_registration import DEADLINE, SPRING, Registration
from tests.running_service import connected, refusal, text, uid
from tests.waiting import eventually

RULES = {
    "terms": [
        {"of": "women_led", "points": 5},
        {"of": "newcomer", "points": 1},
        {"of": "mark", "value": "quality", "points": 2},
    ],
    "quotas": [{"of": "province", "value": "zagora", "at_most": 50}],
    "waiting": 2,
    "offer_hours": 48,
}
WORD = "زعفران"
POLES = [
    {"pole_id": "products", "name": text("Pôle produits"), "places": 2},
    {"pole_id": "institutional", "name": text("Pôle institutionnel"), "places": 0},
]


async def post(registration: Registration, fair_id: str, what: str, body: Any) -> Any:
    return await registration.done(f"/fairs/{fair_id}/selection/{what}", body)


async def job_of(registration: Registration, answer: Any) -> Any:
    """What a job that was asked for ends with."""
    path = f"/jobs/{answer['job_id']}"
    return await eventually(lambda: registration.get(path), lambda job: job["ended_at"] is not None)


async def proposal_of(registration: Registration, fair_id: str, **more: Any) -> tuple[str, Any]:
    answer = await post(registration, fair_id, "runs", more)
    job = await job_of(registration, answer)
    assert job["state"] == "done", job
    return answer["job_id"], job["result"]


async def called(registration: Registration, rules: Any = RULES) -> tuple[str, dict[str, str]]:
    """A fair with rules, and four applications to its two places: (fair, name -> application)."""
    fair_id = await registration.call(poles=POLES)
    await post(registration, fair_id, "rules", rules)
    made = {
        "best": {"province": "zagora", "women_led": True},
        "good": {"province": "zagora", "women_led": True},
        "far": {"province": "tinghir"},
        "weak": {"province": "zagora"},
    }
    applications = {
        name: await registration.apply(fair_id, await registration.enrol(**about))
        for name, about in made.items()
    }
    await mark(registration, fair_id, applications["best"], 9)
    await mark(registration, fair_id, applications["good"], 8)
    return fair_id, applications


async def mark(registration: Registration, fair_id: str, application_id: str, mark: int) -> Any:
    path = f"/fairs/{fair_id}/applications/{application_id}/marks"
    return await registration.done(path, {"criterion": "quality", "mark": mark})


async def drawn(registration: Registration, rules: Any = RULES) -> tuple[str, dict[str, str]]:
    fair_id, applications = await called(registration, rules)
    await registration.done(f"/fairs/{fair_id}/call/close", {"reason": "enough"})
    await post(registration, fair_id, "draw", {"word": WORD})
    return fair_id, applications


async def test_a_fair_is_selected_by_its_rules_and_everybody_can_check_it(
    registration: Registration,
) -> None:
    fair_id, applications = await drawn(registration)
    names = {id_: name for name, id_ in applications.items()}
    job_id, proposed = await proposal_of(registration, fair_id)
    assert (proposed["objective"], proposed["bound"], proposed["proven"]) == (25, 25, True)
    told = {names[d["application_id"]]: d["chosen"] for d in proposed["decisions"]}
    assert told == {
        "best": "accepted",
        "far": "accepted",
        "good": "waitlisted",
        "weak": "waitlisted",
    }
    published = await post(registration, fair_id, "publish", {"job_id": job_id})
    assert (published["accepted"], published["waitlisted"], published["rejected"]) == (2, 2, 0)
    assert (published["score"], published["adjusted"]) == (25, 0)
    taken = published["quotas_taken"][0]
    assert (taken["places"], taken["of_places"]) == (1, 2)

    said = await registration.said(f"fair-{fair_id}", until="SelectionPublished")
    kinds = [name for name, _ in said]
    assert kinds[-5:-3] == ["ExhibitorRegistered", "ApplicationWaitlisted"]
    assert sorted(kinds[-3:-1]) == ["ApplicationWaitlisted", "ExhibitorRegistered"]
    rules, held = dict(said)["SelectionRulesPublished"], dict(said)["DrawHeld"]
    secret, seed = bytes.fromhex(held["secret"]), bytes.fromhex(held["seed"])
    assert sha256(secret).hexdigest() == rules["secret_hash"]
    assert sha256(secret + WORD.encode()).digest() == seed
    order = sorted(names, key=lambda id_: sha256(seed + id_.encode()).digest())
    decided = [data for _, data in said[-5:-1]]
    assert {
        data.get("exhibitor_id") or data["application_id"]: data["draw_rank"] for data in decided
    } == {id_: rank for rank, id_ in enumerate(order, 1)}
    good = next(data for data in decided if data.get("application_id") == applications["good"])
    assert (good["score"], good["bound_by"], good["rank"]) == (22, "province:zagora", 1)
    best = decided[0]
    assert (best["score"], best["newcomer"], best["reason"]) == (24, True, "selected")
    assert "bound_by" not in best
    assert "secret" not in rules

    again = await draw_again(registration.system.addresses, fair_id)
    assert again is not None
    assert (again.differences, sorted(again.ranks, key=lambda id_: again.ranks[id_])) == (
        [],
        order,
    )
    shown = await registration.get(f"/fairs/{fair_id}/selection", role=None)
    assert (shown["word"], shown["secret"], shown["seed"]) == (
        WORD,
        held["secret"],
        held["seed"],
    )
    listed = await registration.all(f"/fairs/{fair_id}/applications", status="accepted")
    assert {names[each["application_id"]]: each["score"] for each in listed} == {
        "best": 24,
        "far": 1,
    }


async def test_an_application_is_told_why_rule_by_rule_and_what_forcing_it_in_costs(
    registration: Registration,
) -> None:
    fair_id, applications = await drawn(registration)
    path = f"/fairs/{fair_id}/applications/{applications['good']}"
    shown = await registration.get(path)
    own = f"exhibitor organisation_id={shown['organisation_id']}"
    early = await registration.look(f"{path}/why", own)
    assert refusal(early) == (409, "selection_not_published")
    job_id, _ = await proposal_of(registration, fair_id)
    await post(registration, fair_id, "publish", {"job_id": job_id})
    why = await registration.get(f"{path}/why", own)
    assert [(term["of"], term["points"]) for term in why["terms"]] == [
        ("women_led", 5),
        ("newcomer", 1),
        ("mark", 16),
    ]
    assert (why["score"], why["points"], why["bound_by"]) == (22, 22, "province:zagora")
    assert (why["status"], why["rank"], why["reason"]) == ("waitlisted", 1, "quota")
    assert why["last_accepted"]["score"] == 1
    other = await registration.look(f"{path}/why", f"exhibitor organisation_id={uid()}")
    assert refusal(other) == (404, "application_unknown")
    asked = await registration.done(f"{path}/why/cost")
    job = await job_of(registration, asked)
    assert (job["result"]["possible"], job["result"]["cost"]) == (True, 2)
    partner = await registration.post(f"/fairs/{fair_id}/applications/{uid()}/why/cost")
    assert refusal(partner) == (404, "application_unknown")


async def test_who_exhibited_before_is_no_newcomer(registration: Registration) -> None:
    organisation_id = await registration.enrol()
    early = await registration.call(poles=POLES, first_day="2025-09-01", last_day="2025-09-02")
    await registration.decide(early, await registration.apply(early, organisation_id), "accept")
    fair_id = await registration.call(poles=POLES)
    await post(registration, fair_id, "rules", RULES)
    known = await registration.apply(fair_id, organisation_id)
    new = await registration.apply(fair_id)
    points = [
        (await registration.get(f"/fairs/{fair_id}/applications/{id_}/why"))["points"]
        for id_ in (known, new)
    ]
    assert points == [0, 1]


async def test_what_the_team_adjusts_stands_with_its_reason_and_keeps_the_quotas(
    registration: Registration,
) -> None:
    fair_id, applications = await drawn(registration)
    job_id, _ = await proposal_of(registration, fair_id)

    def adjusted(**chosen: str) -> Any:
        return {
            "job_id": job_id,
            "adjustments": [
                {"application_id": applications[name], "chosen": what, "reason": "by_jury"}
                for name, what in chosen.items()
            ],
        }

    path = f"/fairs/{fair_id}/selection/publish"
    more = await registration.post(path, adjusted(good="accepted"))
    assert refusal(more) == (409, "pole_full")
    broken = await registration.post(path, adjusted(good="accepted", far="rejected"))
    assert refusal(broken) == (409, "quota_broken")
    stranger = {"application_id": uid(), "chosen": "accepted", "reason": "by_jury"}
    unknown = await registration.post(path, {"job_id": job_id, "adjustments": [stranger]})
    assert refusal(unknown) == (404, "application_unknown")
    key = uid()
    body = adjusted(good="accepted", best="rejected", weak="rejected")
    published = await registration.done(path, body, key=key)
    assert (published["adjusted"], published["score"], published["objective"]) == (3, 23, 25)
    # The same request again, and the same run under another key, change nothing.
    assert await registration.done(path, body, key=key) == published
    assert await registration.done(path, body) == published
    application = await registration.get(f"/fairs/{fair_id}/applications/{applications['best']}")
    assert (application["status"], application["reason"]) == ("rejected", "by_jury")


async def test_what_has_changed_since_a_run_is_not_published(registration: Registration) -> None:
    fair_id, applications = await drawn(registration)
    path = f"/fairs/{fair_id}/selection/publish"
    job_id, _ = await proposal_of(registration, fair_id)
    await registration.decide(fair_id, applications["weak"], "withdraw", "changed_plans")
    outdated = await registration.post(path, {"job_id": job_id})
    assert refusal(outdated) == (409, "selection_outdated")
    assert outdated.json()["changed"] == [applications["weak"]]
    job_id, proposed = await proposal_of(registration, fair_id)
    assert len(proposed["decisions"]) == 3
    other = await registration.call(poles=POLES)
    elsewhere = await registration.post(f"/fairs/{other}/selection/publish", {"job_id": job_id})
    assert refusal(elsewhere) == (409, "run_unknown")
    assert refusal(await registration.post(path, {"job_id": uid()})) == (409, "run_unknown")
    await registration.done(path, {"job_id": job_id})


async def test_rules_freeze_and_the_draw_is_held_once(registration: Registration) -> None:
    fair_id, applications = await called(registration)
    rules, draw = f"/fairs/{fair_id}/selection/rules", f"/fairs/{fair_id}/selection/draw"
    key, other = uid(), {**RULES, "waiting": 1}
    first = await registration.done(rules, other, key=key)
    again = await registration.done(rules, other, key=key)
    assert first["secret_hash"] == again["secret_hash"]
    assert (first["secret"], first["word"]) == (None, None)
    assert refusal(await registration.post(draw, {"word": WORD})) == (409, "call_not_closed")
    await registration.set_clock(DEADLINE + timedelta(minutes=1))
    assert refusal(await registration.post(rules, RULES)) == (409, "rules_frozen")

    async def call() -> str:
        return (await registration.get(f"/fairs/{fair_id}"))["call_status"]

    await eventually(call, lambda status: status == "closed")
    early = await registration.post(f"/fairs/{fair_id}/selection/runs", {})
    assert refusal(early) == (409, "draw_not_held")
    for word in ("two words", "a1", "06", "", "a" * 41):
        assert (await registration.post(draw, {"word": word})).status_code == 422
    held = await registration.done(draw, {"word": WORD})
    assert sha256(bytes.fromhex(held["secret"])).hexdigest() == first["secret_hash"]
    assert await registration.done(draw, {"word": WORD}) == held
    assert refusal(await registration.post(draw, {"word": "olive"})) == (409, "draw_held")
    late = f"/fairs/{fair_id}/applications/{applications['weak']}/marks"
    marked = await registration.post(late, {"criterion": "quality", "mark": 10})
    assert refusal(marked) == (409, "draw_held")
    await registration.set_clock(SPRING)


async def test_the_secret_of_another_database_holds_no_draw(registration: Registration) -> None:
    fair_id, _ = await called(registration)
    await registration.done(f"/fairs/{fair_id}/call/close", {"reason": "enough"})
    async with connected(registration.owner_dsn) as db:
        await db.execute("delete from own.draw_secrets where fair_id = $1", fair_id)
    lost = await registration.post(f"/fairs/{fair_id}/selection/draw", {"word": WORD})
    assert refusal(lost) == (409, "draw_secret_unknown")


async def test_quotas_that_the_applicants_cannot_keep_are_named(
    registration: Registration,
) -> None:
    quotas = [
        {"of": "youth_led", "at_least": 10},
        {"of": "province", "value": "zagora", "at_most": 90},
    ]
    fair_id, _ = await drawn(registration, {**RULES, "quotas": quotas})
    job_id, proposed = await proposal_of(registration, fair_id)
    assert proposed["conflict"] == {
        "demands": [
            {"demand": "at_least", "quota": "youth_led", "per_cent": 10},
            {"demand": "no_empty_place", "pole_id": "products", "places": 2},
        ],
        "irreducible": True,
    }
    path = f"/fairs/{fair_id}/selection/publish"
    assert refusal(await registration.post(path, {"job_id": job_id})) == (409, "run_has_conflict")
    _, leaving = await proposal_of(registration, fair_id, may_leave_places=True)
    assert Counter(each["chosen"] for each in leaving["decisions"]) == {
        "waitlisted": 2,
        "rejected": 2,
    }


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"terms": [{"of": "kind", "value": "circus", "points": 1}]}, "kind_unknown"),
        ({"terms": [{"of": "newcomer", "points": 1}] * 2}, "term_twice"),
        ({"terms": [{"of": "programme", "value": "tahfiz", "points": 1}]}, "programme_unknown"),
        ({"quotas": [{"of": "mark", "value": "quality"}]}, "quota_impossible"),
        ({"quotas": [{"of": "women_led", "pole_id": "moon"}]}, "pole_unknown"),
        ({"quotas": [{"of": "women_led"}] * 2}, "quota_twice"),
        ({"quotas": [{"of": "women_led", "value": "yes"}]}, "rule_value_wrong"),
        ({"quotas": [{"of": "women_led", "at_least": 9, "at_most": 8}]}, "shares_out_of_order"),
        (
            {"quotas": [{"of": "kind", "value": k, "at_least": 51} for k in ("gie", "mutual")]},
            "shares_over_hundred",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_rules_that_cannot_be_kept_are_refused_in_three_languages(
    registration: Registration, part: Any, code: str
) -> None:
    fair_id = await registration.announce(poles=POLES)
    refused = await registration.post(f"/fairs/{fair_id}/selection/rules", {"terms": [], **part})
    assert refusal(refused)[1] == code
    nothing = await registration.look(f"/fairs/{fair_id}/selection", role=None)
    assert refusal(nothing) == (404, "no_rules")


async def test_the_read_tables_can_be_made_again_from_the_log(registration: Registration) -> None:
    fair_id, _ = await drawn(registration)
    job_id, _ = await proposal_of(registration, fair_id)
    await post(registration, fair_id, "publish", {"job_id": job_id})
    assert await compare(definition(), registration.owner_dsn, registration.bootstrap) == []


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="/proc tells what is loaded")
async def test_the_service_itself_never_loads_the_solver(registration: Registration) -> None:
    fair_id, _ = await drawn(registration)
    await proposal_of(registration, fair_id)
    process = registration.system.processes["registration"]
    assert not {"highspy", "numpy"} & loaded_by(process.pid)
    assert {"pydantic_core"} & loaded_by(process.pid)


def loaded_by(pid: int | None) -> set[str]:
    """The packages whose compiled parts a process has loaded."""
    maps = Path(f"/proc/{pid}/maps").read_text("utf-8")
    packages = ("highspy", "numpy", "pydantic_core")
    return {package for package in packages if f"/site-packages/{package}/" in maps}
