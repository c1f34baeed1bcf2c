"""Alerts and dashboard ask for metrics that there are, and for all that matter."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import zip_longest
from types import ModuleType
from typing import Any, cast

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase

from chassis.process import metrics
from services import SERVICES
from services.notifications.codes import metrics as codes
from services.notifications.networks import metrics as networks
from tests.architecture.tree import ROOT

HERE = ROOT / "deploy" / "observability"
ALERTS = (HERE / "alerts.yaml").read_text("utf-8")
DASHBOARD = (HERE / "grafana" / "dashboards" / "maarid.json").read_text("utf-8")


def existing(*modules: ModuleType) -> set[str]:
    """The metrics that modules declare."""
    found: set[str] = set()
    for metric in (value for module in modules for value in vars(module).values()):
        if isinstance(metric, MetricWrapperBase):
            name = next(iter(metric.describe())).name
            found.add(f"{name}_total" if isinstance(metric, Counter) else name)
    return found


def named_in(text: str) -> set[str]:
    names = re.findall(r"\bmaarid_\w+", text)
    return {re.sub(r"_(sum|count|bucket)$", "", name) for name in names}


def test_alerts_and_dashboard_name_metrics_that_exist() -> None:
    known = existing(metrics, networks, codes)
    assert len(known) > 5
    assert named_in(ALERTS) - known == set()
    assert named_in(DASHBOARD) - known == set()


def test_the_dashboard_shows_every_metric_of_the_chassis() -> None:
    assert existing(metrics) - named_in(DASHBOARD) == set()


def test_everything_that_operations_call_worth_an_alert_has_one() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    _, _, worth = text.partition("## Metrics worth an alert")
    assert len(named_in(worth)) >= 5
    assert named_in(worth) - named_in(ALERTS) == set()


def test_every_service_is_asked_for_metrics_and_for_readiness() -> None:
    prometheus = (HERE / "prometheus.yaml").read_text("utf-8")
    for service in SERVICES:
        assert f"{service}:8000," in prometheus or f"{service}:8000]" in prometheus
        assert f"http://{service}:8000/health/ready" in prometheus


def lost(given: Any, taken: Any, path: str = "") -> Iterator[str]:
    """What is in a document and not, or not alike, in what somebody made of it."""
    if isinstance(given, dict) and isinstance(taken, dict):
        for key, value in cast(dict[str, Any], given).items():
            yield from lost(value, taken.get(key), f"{path}/{key}")
    elif isinstance(given, list) and isinstance(taken, list):
        for value, other in zip_longest(cast(list[Any], given), cast(list[Any], taken)):
            yield from lost(value, other, path)
    elif given != taken:
        yield path


def test_grafana_own_types_read_the_dashboard_and_lose_nothing_of_it() -> None:
    # Of a key that Grafana does not know, of a panel, a query or an option, nothing would be left.
    register_default_plugins()
    dashboard = json.loads(DASHBOARD)
    read = JSONEncoder().encode(Dashboard.from_json(dashboard))
    assert list(lost(dashboard, json.loads(read))) == []


def test_panels_of_the_dashboard_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(DASHBOARD)["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24, panel["title"]
        taken |= cells
