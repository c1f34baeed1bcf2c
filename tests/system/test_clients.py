"""Clients that generators of other people make of our OpenAPI documents, and linters of them."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from maarid_contracts.typescript import NodeFailed, NodeUnavailable, install, run_node

from cli.launch import System
from services import SERVICES

pytestmark = pytest.mark.system

HERE = Path(__file__).parent / "clients"
PLACES = 160
LINTERS: Mapping[str, tuple[str, ...]] = {
    "redocly": ("@redocly/cli/bin/cli.js", "lint", "--extends=recommended", "--format=json"),
    "spectral": (
        "@stoplight/spectral-cli/dist/index.js",
        "lint",
        f"--ruleset={HERE / 'spectral.yaml'}",
        "--fail-severity=hint",
    ),
}


@pytest.fixture(scope="module")
def packages() -> Path:
    """The directory with the pinned npm packages, installed once."""
    try:
        install(HERE)
    except NodeUnavailable as reason:
        pytest.skip(f"the npm packages cannot be had here: {reason}")
    return HERE


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with openapi-python-client, and without our packages."""
    environment = tmp_path_factory.mktemp("generator")
    python = environment / "bin" / "python"
    wanted = ("--require-hashes", "-r", str(HERE / "requirements.txt"))
    if uv := shutil.which("uv"):
        steps = [[uv, "venv", "-q", "--clear", "--python", sys.executable, str(environment)]]
        steps += [[uv, "pip", "install", "-q", "--python", str(python), *wanted]]
    else:
        steps = [[sys.executable, "-m", "venv", "--clear", str(environment)]]
        steps += [[str(python), "-m", "pip", "install", "-q", "--no-compile", "--no-deps", *wanted]]
    for step in steps:
        made = subprocess.run(step, capture_output=True, text=True, timeout=150)
        if made.returncode:
            pytest.skip(f"the generator cannot be had here: {made.stdout}{made.stderr}")
    return python


async def document_of(system: System, service: str) -> Any:
    async with httpx.AsyncClient() as http:
        return (await http.get(f"{system.urls[service]}/openapi.json")).raise_for_status().json()


def expected(fair_id: str) -> dict[str, object]:
    return {
        "announced": fair_id,
        "places": PLACES,
        "unknown": [404, "fair_unknown"],
        "refused": [401, "token_missing"],
    }


async def lint(packages: Path, linter: str, *documents: Path) -> str:
    """What a linter prints.  Raises NodeFailed where it finds errors."""
    script, *arguments = LINTERS[linter]
    path = str(packages / "node_modules" / script)
    return await asyncio.to_thread(run_node, packages, path, *arguments, *map(str, documents))


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    # Redocly's command would tell its makers of each call, and ask them for news.
    monkeypatch.setenv("REDOCLY_TELEMETRY", "off")
    monkeypatch.setenv("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")


@pytest.mark.parametrize("linter", LINTERS)
async def test_linters_find_neither_errors_nor_warnings(
    system: System, packages: Path, linter: str, tmp_path: Path
) -> None:
    documents: list[Path] = []
    for service in SERVICES:
        documents.append(tmp_path / f"{service}.json")
        documents[-1].write_text(json.dumps(await document_of(system, service)), "utf-8")
    printed = await lint(packages, linter, *documents)
    assert "ruleId" not in printed, printed
    spoilt = await document_of(system, "ticketing")
    spoilt["paths"]["/tickets/{ticket_id}"]["get"]["operationId"] = "checkIn"
    documents[-1].write_text(json.dumps(spoilt), "utf-8")
    with pytest.raises(NodeFailed, match="operation-operationId-unique"):
        await lint(packages, linter, documents[-1])


async def test_a_generated_typescript_client_is_understood(
    system: System, packages: Path, tmp_path: Path
) -> None:
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(await document_of(system, "registration")), "utf-8")
    (tmp_path / "node_modules").symlink_to(packages / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copy(HERE / "client.ts", tmp_path)
    fair_id = f"typescript-{uuid4().hex[:8]}"
    modules = packages / "node_modules"
    options = ("--noEmit", "--strict", "--allowImportingTsExtensions", "--skipLibCheck")
    target = ("--target", "es2022", "--module", "nodenext", "--types", "node")
    for script, *arguments in (
        # Fields with a default may be left out of a request.
        (
            *(modules / "openapi-typescript/bin/cli.js", str(document), "-o", "registration.d.ts"),
            "--default-non-nullable=false",
        ),
        (modules / "typescript/bin/tsc", *options, *target, "client.ts"),
    ):
        await asyncio.to_thread(run_node, tmp_path, str(script), *arguments)
    call = ("client.ts", system.urls["registration"], system.token("organiser"), fair_id)
    printed = await asyncio.to_thread(run_node, tmp_path, *call)
    assert json.loads(printed) == expected(fair_id)


async def test_a_generated_python_client_is_understood(
    system: System, generator: Path, tmp_path: Path
) -> None:
    for service in SERVICES:
        document = tmp_path / f"{service}.json"
        document.write_text(json.dumps(await document_of(system, service)), "utf-8")
        printed = await run(
            *(generator, "-m", "openapi_python_client", "generate", "--fail-on-warning"),
            *("--path", document, "--meta", "none", "--output-path", f"maarid_{service}"),
            *("--config", HERE / "generator.yaml"),
            cwd=tmp_path,
        )
        assert "Warning" not in printed, printed
    fair_id = f"python-{uuid4().hex[:8]}"
    shutil.copy(HERE / "client.py", tmp_path)
    call = ("client.py", system.urls["registration"], system.token("organiser"), fair_id)
    assert json.loads(await run(generator, *call, cwd=tmp_path)) == expected(fair_id)


async def run(*command: object, cwd: Path) -> str:
    """What a program prints, if it ends well."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()
