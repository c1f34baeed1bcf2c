"""The system as ops run it: under an issuer of their own, and watched."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml
from joserfc import jwt
from joserfc.jwk import ECKey

from cli.issuer import issuer_in
from cli.launch import free_port
from services import SERVICES
from tests.architecture.tree import ROOT
from tests.containers.compose import Compose, standing
from tests.containers.docker import docker, here, image, inspected, require_images
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(600)

OBSERVABILITY = ROOT / "deploy" / "observability"
DASHBOARD = json.loads((OBSERVABILITY / "grafana/dashboards/maarid.json").read_text("utf-8"))
WATCHING: dict[str, str] = {
    name: service["image"]
    for name, service in yaml.safe_load((ROOT / "deploy/compose.yaml").read_text("utf-8"))[
        "services"
    ].items()
    if "observability" in service.get("profiles", ())
}
GRAFANA = WATCHING["grafana"]
NEEDED = {name: each for name, each in WATCHING.items() if each != GRAFANA}
"""Without Grafana, which nothing can stand in for where it cannot be pulled."""
ISSUER = "https://issuer.example"


class Production(Compose):
    """A system in production, with the key of its issuer, which is ours."""

    key: ECKey
    prometheus = 0
    grafana = 0

    @property
    def environment(self) -> dict[str, str]:
        return {
            **super().environment,
            "MAARID_PROMETHEUS_PORT": str(self.prometheus),
            "MAARID_GRAFANA_PORT": str(self.grafana),
        }

    def signed(self) -> str:
        """A token of the issuer for an organiser."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": "maarid",
            "sub": "o-1",
            "iat": now,
            "exp": now + 3600,
            "roles": ["organiser"],
        }
        header = {"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid}
        return jwt.encode(header, claims, self.key, algorithms=["ES256"])

    def asks(self, service: str, path: str, token: str = "") -> httpx.Response:
        headers = {"authorization": f"Bearer {token or self.token}"}
        return httpx.get(f"{self.url(service)}{path}", headers=headers, timeout=10)

    def announces(self) -> None:
        """Announce a fair, which all services hear of."""
        name = {"ar": "معرض مختلق", "fr": "Salon inventé"}
        fair = {
            "fair_id": f"made-up-{uuid4().hex[:8]}",
            "edition": 1,
            **dict.fromkeys(("name", "region", "city", "venue"), name),
            "first_day": "2090-09-17",
            "last_day": "2090-09-22",
            "opens_at": "10:00",
            "closes_at": "22:00",
            "poles": [{"pole_id": "products", "name": name, "places": 2}],
        }
        headers = {"authorization": f"Bearer {self.token}", "idempotency-key": str(uuid4())}
        url = f"{self.url('registration')}/fairs"
        answer = httpx.post(url, json=fair, headers=headers, timeout=10)
        assert answer.status_code == 201, answer.text

    def watched(self, path: str, **parameters: str) -> Any:
        """What Prometheus answers."""
        url = f"http://127.0.0.1:{self.prometheus}/api/v1/{path}"
        answer = httpx.get(url, params=parameters, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def numbers(self, expression: str) -> list[float]:
        """The values of a query that are numbers."""
        found = self.watched("query", query=expression)["result"]
        return [value for each in found if math.isfinite(value := float(each["value"][1]))]


def settings_in(folder: Path, **settings: str) -> tuple[str, ...]:
    """Options of compose for production: one file of settings, and no development overlay."""
    file = folder / "production.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return ("--env-file", str(file), "-f", "compose.yaml")


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Generator[Production]:
    require_images(*NEEDED.values())
    folder = tmp_path_factory.mktemp("production")
    keys = folder / "keys"
    keys.mkdir()
    system = Production("maarid-production", folder)
    system.options = settings_in(
        folder,
        MAARID_ISSUER=ISSUER,
        MAARID_JWKS_URL="http://issuer:8000/jwks.json",
        MAARID_JWKS_OVER_HTTP="true",
        MAARID_OTLP_ENDPOINT="http://collector:4318",
    )
    system.prometheus, system.grafana = free_port(), free_port()
    system.key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
    system.key.ensure_kid()
    (keys / "jwks.json").write_text(json.dumps({"keys": [system.key.as_dict(private=False)]}))
    # The issuer's web server runs beside the system, under an account that is not ours.
    for path in (folder.parent, folder, keys):
        path.chmod(0o755)
    system.token = system.signed()
    watching = (*NEEDED, "grafana") if here(GRAFANA) else tuple(NEEDED)
    issuer = f"{system.project}-issuer"
    with standing(system, *SERVICES, *watching):
        network = ("--network", f"{system.project}_front", "--network-alias", "issuer")
        serve = ("--entrypoint", "python", image("tools"), "-m", "http.server", "-d", "/keys")
        try:
            docker("run", "-d", "--name", issuer, *network, "-v", f"{keys}:/keys:ro", *serve)
            wait_until(
                lambda: system.asks("registration", "/status").status_code == 200, "keys are had"
            )
            yield system
        finally:
            docker("rm", "--force", "--volumes", issuer, fails=True)


@pytest.mark.parametrize("service", SERVICES)
def test_callers_of_the_own_issuer_are_answered_and_those_of_development_are_not(
    production: Production, service: str, tmp_path: Path
) -> None:
    wait_until(
        lambda: production.asks(service, "/status").status_code == 200, f"{service} has the keys"
    )
    strange = issuer_in(tmp_path).token("organiser")
    assert production.asks(service, "/status", strange).status_code == 401


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_moves_the_clock(production: Production, service: str) -> None:
    headers = {"authorization": f"Bearer {production.token}"}
    url = f"{production.url(service)}/clock"
    body = {"now": "2090-01-01T00:00:00Z"}
    assert httpx.post(url, json=body, headers=headers, timeout=10).status_code == 404


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("MAARID_ISSUER", "the OpenID Connect issuer of your tokens"),
        ("MAARID_JWKS_URL", "where the issuer's public keys are"),
    ],
)
def test_without_an_issuer_nothing_starts(tmp_path: Path, missing: str, said: str) -> None:
    require_images()
    # One at a time: of several that are missing, compose names any.
    given = {"MAARID_ISSUER": ISSUER, "MAARID_JWKS_URL": "https://issuer.example/keys"}
    del given[missing]
    system = Compose("maarid-nobody", tmp_path, options=settings_in(tmp_path, **given))
    refused = system("up", "-d", fails=True)
    assert refused.returncode != 0
    assert missing in refused.stderr
    assert said in refused.stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"MAARID_ISSUER": "maarid-development"}, "the development issuer is refused"),
        ({"MAARID_JWKS_URL": "file:///run/issuer/jwks.json"}, "keys come over https"),
        ({"MAARID_JWKS_URL": "http://issuer:8000/jwks.json"}, "keys come over https"),
    ],
)
def test_what_is_for_development_is_refused(
    production: Production, tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    good = {"MAARID_ISSUER": ISSUER, "MAARID_JWKS_URL": "https://issuer.example/keys"}
    options = settings_in(tmp_path, **{**good, **settings})
    system = Compose(production.project, tmp_path, options=options)
    refused = system("run", "--rm", "--no-deps", "-T", "registration", fails=True)
    assert refused.returncode != 0
    assert said in refused.stdout + refused.stderr


def test_the_watchers_run_on_without_rights(production: Production) -> None:
    for name in NEEDED:
        one = inspected(production.container(name))[0]
        assert one["State"]["Running"], name
        assert one["RestartCount"] == 0, name
        assert one["HostConfig"]["ReadonlyRootfs"], name
        assert one["HostConfig"]["CapDrop"] == ["ALL"], name


def test_prometheus_reaches_all_that_it_asks(production: Production) -> None:
    asked = {("maarid", s) for s in SERVICES} | {("maarid-ready", s) for s in SERVICES}
    asked.add(("collector", "collector"))

    def reached() -> set[tuple[str, str]]:
        targets = production.watched("targets")["activeTargets"]
        labels = [each["labels"] for each in targets if each["health"] == "up"]
        return {(each["job"], each["instance"]) for each in labels}

    wait_until(lambda: reached() == asked, "every target is up")
    wait_until(lambda: production.numbers("probe_success") == [1] * len(SERVICES), "all are ready")


def test_every_panel_of_the_dashboard_has_something_to_show(production: Production) -> None:
    expressions = {
        panel["title"]: target["expr"]
        .replace("$service", f"({'|'.join(SERVICES)})")
        .replace("$__rate_interval", "1m")
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
    }
    assert not [each for each in expressions.values() if "$" in each]

    missing: list[str] = []

    def shown() -> bool:
        production.announces()
        missing[:] = [title for title, each in expressions.items() if not production.numbers(each)]
        return not missing

    wait_until(shown, lambda: f"every panel shows something: {missing} do not")
    slow = production.watched("query", query=expressions["Slow requests"])["result"]
    routes = {each["metric"].get("http_route", "of no route") for each in slow}
    assert "/fairs" in routes
    assert not [route for route in routes if "/health" in route or "/metrics" in route]


def test_the_dashboard_lets_choose_every_service(production: Production) -> None:
    (variable,) = DASHBOARD["templating"]["list"]
    # What Grafana makes of this function: the values of a label of some series.
    asked = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
    assert asked is not None
    series, label = asked.groups()
    found = production.watched(f"label/{label}/values", **{"match[]": series})
    assert sorted(found) == sorted(SERVICES)


def test_every_alert_is_loaded_and_comes_when_it_must(production: Production) -> None:
    written = yaml.safe_load((OBSERVABILITY / "alerts.yaml").read_text("utf-8"))
    (group,) = production.watched("rules")["groups"]
    loaded = {rule["name"]: rule["health"] for rule in group["rules"]}
    assert loaded == {rule["alert"]: "ok" for rule in written["groups"][0]["rules"]}
    files = ("-v", f"{OBSERVABILITY}:/observability:ro", "-w", "/observability")
    promtool = ("run", "--rm", *files, "--entrypoint", "promtool", WATCHING["prometheus"])
    assert "SUCCESS" in docker(*promtool, "test", "rules", "alerts.test.yaml").stdout


def test_a_service_that_is_away_is_noticed_and_its_return_too(production: Production) -> None:
    noticed = 'ALERTS{alertname="NotReady",instance="ticketing"}'
    assert production.numbers(noticed) == []
    docker("stop", production.container("ticketing"))
    wait_until(lambda: production.numbers(noticed) == [1], "NotReady is on its way", 60)
    docker("start", production.container("ticketing"))
    wait_until(lambda: production.numbers(noticed) == [], "NotReady is gone", 60)


def test_grafana_has_the_dashboard(production: Production) -> None:
    if not here(GRAFANA):
        pytest.skip(f"{GRAFANA} cannot be had here, and nothing can stand in for it")
    url = f"http://127.0.0.1:{production.grafana}/api"
    wait_until(lambda: httpx.get(f"{url}/health").status_code == 200, "Grafana answers")
    shown = httpx.get(f"{url}/dashboards/uid/{DASHBOARD['uid']}").json()["dashboard"]
    titles = [panel["title"] for panel in DASHBOARD["panels"]]
    assert [panel["title"] for panel in shown["panels"]] == titles
