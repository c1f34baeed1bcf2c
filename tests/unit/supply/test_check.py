"""An environment is asked, compared with its lock, and written down."""

from __future__ import annotations

import json
import sys
import venv
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from deploy.supply.__main__ import main
from deploy.supply.asking import Image
from deploy.supply.inside import listing
from deploy.supply.locks import REQUIREMENTS, applying, read_lock
from deploy.supply.sbom import bill
from tests.unit.supply.made import SUM, lock


def put(environment: Path, name: str, version: str, *more: str) -> None:
    """Lay down a distribution's metadata, as an installer leaves it."""
    (packages,) = environment.glob("lib/python*/site-packages")
    folder = packages / f"{name}-{version}.dist-info"
    folder.mkdir()
    lines = ("Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *more)
    (folder / "METADATA").write_text("\n".join(lines) + "\n", "utf-8")


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """An environment with an interpreter of its own and nothing installed."""
    venv.create(tmp_path / "environment", with_pip=False)
    return tmp_path / "environment"


def check(environment: Path, requirements: Path, *more: str) -> int:
    python = str(environment / "bin" / "python")
    return main(["check", str(requirements), "--python", python, *more])


def test_an_environment_that_is_its_lock_passes_and_is_written_down(
    environment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(environment, "loom", "1.0", "License-Expression: MIT", "Requires-Dist: yarn>=2")
    put(environment, "yarn", "2.0", "Requires-Dist: loom ; extra == 'all'", "License: strange")
    sbom = tmp_path / "made" / "some.cdx.json"
    requirements = lock(tmp_path, "loom==1.0", "yarn==2.0", "dye==1.0 ; sys_platform == 'win32'")
    assert check(environment, requirements, "--sbom", str(sbom)) == 0
    assert "is what some.txt says: 2 distributions" in capsys.readouterr().out

    told = json.loads(sbom.read_text("utf-8"))
    components = {each["name"]: each for each in told["components"]}
    assert components.keys() == {"loom", "yarn", "python"}
    assert components["loom"] == {
        "bom-ref": "loom==1.0",
        "hashes": [{"alg": "SHA-256", "content": SUM}],
        "licenses": [{"license": {"acknowledgement": "declared", "id": "MIT"}}],
        "name": "loom",
        "purl": "pkg:pypi/loom@1.0",
        "type": "library",
        "version": "1.0",
    }
    assert "licenses" not in components["yarn"]
    needs = {each["ref"]: each.get("dependsOn", []) for each in told["dependencies"]}
    assert needs["loom==1.0"] == ["yarn==2.0"]
    assert needs["yarn==2.0"] == []
    assert set(needs["image"]) == {"loom==1.0", "yarn==2.0", "python"}


def test_each_difference_is_a_line_and_the_sbom_tells_what_is_there(
    environment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(environment, "loom", "1.1")
    put(environment, "stowaway", "1.0")
    sbom = tmp_path / "some.cdx.json"
    requirements = lock(tmp_path, "loom==1.0", "yarn==2.0")
    assert check(environment, requirements, "--sbom", str(sbom)) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("python: ")[2].partition(": ")[0] for line in lines] == [
        "loom 1.1 is installed, 1.0 is in the lock",
        "stowaway 1.0 is not in the lock",
        "yarn 2.0 is not installed",
    ]
    components = {each["name"]: each for each in json.loads(sbom.read_text("utf-8"))["components"]}
    assert components["loom"]["version"] == "1.1"
    assert "hashes" not in components["loom"]  # The lock's sums are those of another version.


def test_what_cannot_be_asked_is_neither_right_nor_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    requirements = lock(tmp_path, "loom==1.0")
    assert check(tmp_path / "nowhere", requirements) == 2
    assert "cannot be run" in capsys.readouterr().err
    assert main(["check", str(tmp_path / "no.txt"), "--python", sys.executable]) == 2


def test_what_lies_anywhere_in_an_image_is_found_with_the_system_packages(tmp_path: Path) -> None:
    texts = {
        "opt/app/lib/loom-1.0.dist-info/METADATA": "Name: loom\nVersion: 1.0\n",
        "usr/lib/python3/dist-packages/yarn-2.0.egg-info": "Name: yarn\nVersion: 2.0\n",
        "srv/hidden/nameless.dist-info/RECORD": "",
        "proc/1/root/ghost-1.0.dist-info/METADATA": "Name: ghost\nVersion: 1.0\n",
        "etc/os-release": 'PRETTY_NAME="Debian"\nID=debian\nVERSION_ID="12"\n',
        "var/lib/dpkg/status": "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\n"
        "Architecture: amd64\nDescription: C\n Version: of a continued line\n\n"
        "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\nArchitecture: all\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, "utf-8")
    found = listing(tmp_path)
    nameless = str(tmp_path / "srv/hidden/nameless.dist-info")
    assert {(each["name"], each["version"]) for each in found["distributions"]} == {
        ("loom", "1.0"),
        ("yarn", "2.0"),
        (nameless, "0"),
    }
    assert found["system"] == {"id": "debian", "version": "12"}
    assert found["system_packages"] == [
        {"name": "libc6", "version": "2.36-9", "architecture": "amd64"}
    ]


HOME = "http://cyclonedx.org/schema/"


def schema(name: str) -> dict[str, Any]:
    path = files("cyclonedx.schema._res") / f"{name}.SNAPSHOT.schema.json"
    return json.loads(path.read_text("utf-8"))


@pytest.mark.unhurried
def test_the_bill_of_a_whole_image_fits_the_schema_and_names_no_host() -> None:
    found = listing()
    found["system"] = {"id": "debian", "version": "12"}
    found["system_packages"] = [{"name": "libc6", "version": "2.36-9", "architecture": "amd64"}]
    labels = {"org.opencontainers.image.revision": "0123abc"}
    image = Image("maarid-ticketing", "0.1.0", labels, f"sha256:{SUM}")
    pins = applying(read_lock(REQUIREMENTS / "dev.txt"), found["environment"])
    text = bill(image, found, pins)

    registry = jsonschema_rs.Registry(
        [(f"{HOME}{name}.SNAPSHOT.schema.json", schema(name)) for name in ("spdx", "jsf-0.82")]
    )
    validator = jsonschema_rs.Draft7Validator(schema("bom-1.6"), registry=registry)
    told = json.loads(text)
    validator.validate(told)
    assert told["specVersion"] == "1.6"
    assert told["metadata"]["component"]["type"] == "container"
    assert {
        each["name"]: each["value"] for each in told["metadata"]["component"]["properties"]
    } == {
        "maarid:image-id": f"sha256:{SUM}",
        "maarid:revision": "0123abc",
    }
    components = {each["name"].lower(): each for each in told["components"]}
    assert components["libc6"]["purl"] == "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12"
    assert "purl" not in components["maarid"]  # In no registry; there it would be another's.
    assert len(components["asyncpg"]["hashes"]) > 1
    assert text.count("://") == text.count(HOME)
    del told["components"][0]["name"]
    assert not validator.is_valid(told)
