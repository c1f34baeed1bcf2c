"""The gates' page as it is served: what a browser may do with it, and what it may keep."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys

import httpx
import pytest

from services.ticketing.page.http import STATIC, WORKER
from tests.architecture.operations import application
from tests.architecture.tree import ROOT

APP = application("ticketing")
OURS = sorted(path for path in STATIC.iterdir() if not path.name.startswith("zxing-"))


async def asked(path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=APP)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        return await client.get(path, headers=headers)


async def version() -> str:
    found = re.search(r'VERSION = "(\w+)"', (await asked(f"/gate/{WORKER}")).text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/gate", "text/html; charset=utf-8"),
        ("/gate/app.js", "text/javascript; charset=utf-8"),
        ("/gate/gate.css", "text/css; charset=utf-8"),
        ("/gate/ar.json", "application/json"),
        ("/gate/zxing-reader.wasm", "application/wasm"),
    ],
)
async def test_every_file_comes_with_what_a_browser_may_do(path: str, kind: str) -> None:
    answer = await asked(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["service-worker-allowed"] == "../gate"
    assert "camera=(self)" in answer.headers["permissions-policy"]
    assert "microphone=()" in answer.headers["permissions-policy"]
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; ")
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert "http" not in policy


async def test_a_file_is_sent_again_only_where_it_has_changed() -> None:
    first = await asked("/gate/app.js")
    assert first.headers["cache-control"] == "no-cache"
    again = await asked("/gate/app.js", **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_files_are_compressed_for_whoever_takes_that() -> None:
    plain = await asked("/gate/zxing-reader.wasm", **{"accept-encoding": "identity"})
    small = await asked("/gate/zxing-reader.wasm", **{"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert plain.content == small.content == (STATIC / "zxing-reader.wasm").read_bytes()
    assert int(small.headers["content-length"]) < len(plain.content) / 2


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fhttp.py", "%2Fetc%2Fpasswd", "__init__.py"])
async def test_there_is_nothing_but_the_files_of_the_page(name: str) -> None:
    answer = await asked(f"/gate/{name}")
    assert answer.status_code == 404


async def test_a_replica_of_another_version_gives_no_file() -> None:
    here = await version()
    for path in ("/gate", "/gate/app.js"):
        assert (await asked(f"{path}?v={here}")).status_code == 200
        other = await asked(f"{path}?v=0123456789abcdef")
        assert (other.status_code, other.json()["code"]) == (404, "page_file_unknown")


async def test_the_worker_keeps_every_file() -> None:
    worker = (await asked(f"/gate/{WORKER}")).text
    (files,) = re.findall(r'FILES = "(.*)"\.split', worker)
    served = {path.name for path in STATIC.iterdir()}
    assert set(files.split()) == served - {"index.html", WORKER}
    assert "{" + "version}" not in worker


def test_nothing_is_inline_and_nothing_comes_from_elsewhere() -> None:
    page = (STATIC / "index.html").read_text("utf-8")
    assert re.findall(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", page) == []
    for path in OURS:
        if path.suffix in (".html", ".js", ".css", ".json"):
            found = set(re.findall(r"https?://[\w./]+", path.read_text("utf-8")))
            assert found <= {"http://www.w3.org/2000/svg"}, path.name
            assert "innerHTML" not in path.read_text("utf-8"), path.name


def test_both_languages_say_the_same_things() -> None:
    arabic, french = (
        json.loads((STATIC / f"{language}.json").read_text("utf-8")) for language in ("ar", "fr")
    )
    assert arabic.keys() == french.keys()
    for name, text in arabic.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", french[name])), name


def test_every_text_that_scripts_name_is_there() -> None:
    texts = json.loads((STATIC / "fr.json").read_text("utf-8"))
    named = set[str]()
    for path in STATIC.glob("*.js"):
        if path.name.startswith("zxing-"):
            continue
        named |= set(re.findall(r'\b(?:both|button|plain)\(\s*"(\w+)"', path.read_text("utf-8")))
    assert len(named) > 15
    assert named - texts.keys() == set()


def test_the_vendored_reader_is_as_its_authors_made_it() -> None:
    sums = {
        "zxing-reader.js": "ffd72d59d54082194f7c086b384dcd930bdeb0c5b39fbb13779694e69bb0d344",
        "zxing-reader.wasm": "5003fb4b88c4fbd1fd518a2fd8c8ad365c519e183a08c03a322dddfea3cea84e",
    }
    for name, digest in sums.items():
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest
    assert "MIT License" in (STATIC / "zxing-reader.LICENSE.txt").read_text("utf-8")


def test_scripts_can_be_read_in_one_sitting() -> None:
    lengths = {path.name: len(path.read_text("utf-8").splitlines()) for path in OURS}
    assert {name: lines for name, lines in lengths.items() if lines > 450} == {}


def test_no_file_is_read_until_somebody_asks() -> None:
    program = (
        "import sys\nopened = []\n"
        "note = lambda name, args: opened.append(str(args[0])) if name == 'open' else None\n"
        "sys.addaudithook(note)\n"
        "import services.ticketing.page.http\n"
        "print([path for path in opened if 'page/static' in path])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
