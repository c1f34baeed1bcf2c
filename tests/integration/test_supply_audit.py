"""pip-audit itself on our locks, against a database of vulnerabilities on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy.supply.__main__ import main
from deploy.supply.audit import AuditError, Unreached, known
from tests.unit.supply.made import lock


@contextmanager
def database(status: int = 200, vulnerable: str = "loom") -> Generator[str]:
    """An OSV database on this machine that knows something against one distribution."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            affected: dict[str, Any] = {
                "package": {"name": vulnerable, "ecosystem": "PyPI"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "99.0"}]}],
            }
            told = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "affected": [affected]}
            answer = {"vulns": [told]} if asked["package"]["name"] == vulnerable else {}
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            serving.join()


def test_pip_audit_finds_what_the_database_knows(tmp_path: Path) -> None:
    with database() as url:
        found = known([lock(tmp_path, "loom==1.0", "yarn==2.0")], osv_url=url)
    assert [(each.distribution, each.version, each.fixed_in) for each in found] == [
        ("loom", "1.0", ("99.0",))
    ]
    assert set(found[0].ids) == {"PYSEC-2026-1", "CVE-2026-1"}


def test_nothing_known_is_no_finding(tmp_path: Path) -> None:
    with database() as url:
        assert known([lock(tmp_path, "yarn==2.0")], osv_url=url) == []


def test_a_database_that_does_not_answer_is_told_apart_from_nothing_known(tmp_path: Path) -> None:
    requirements = lock(tmp_path, "loom==1.0")
    with database() as url:
        pass
    with pytest.raises(Unreached, match="ConnectionError"):
        known([requirements], osv_url=url)
    with database(503) as url, pytest.raises(Unreached):
        known([requirements], osv_url=url)


def test_our_locks_are_audited_and_a_finding_ends_with_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with database(vulnerable="anyio") as url:
        assert main(["audit", "--osv-url", url]) == 1
    *lines, last = capsys.readouterr().out.splitlines()
    (finding,) = [line for line in lines if line.startswith("VULNERABLE ")]
    assert finding.startswith("VULNERABLE anyio ")
    assert "fixed in 99.0" in finding
    assert "ticketing" in finding
    assert last.endswith("distributions audited: REFUSED")

    with database() as url:
        assert main(["audit", "--osv-url", url]) == 0
    assert capsys.readouterr().out.endswith("distributions audited: passed\n")

    assert main(["audit", "--osv-url", url]) == 0
    (only,) = capsys.readouterr().out.splitlines()
    assert only.startswith("NOT AUDITED: ")


def test_a_lock_that_pip_audit_refuses_is_our_mistake(tmp_path: Path) -> None:
    (tmp_path / "some.txt").write_text("loom==1.0\n", "utf-8")
    with pytest.raises(AuditError, match="hash"):
        known([tmp_path / "some.txt"])
