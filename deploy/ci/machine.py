"""Debian as we find it: where its packages come from, and commands that run or fail loudly."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Failed(Exception):
    """A step cannot be done; the message says why."""


def say(text: str) -> None:
    """A line for who watches."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(*command: str | Path, seconds: float = 900, **environment: str) -> str:
    """What a command prints.  Raises Failed with all of it where it fails or hangs."""
    try:
        ran = subprocess.run(  # noqa: S603 - our own commands.
            [str(part) for part in command],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
    except FileNotFoundError:
        raise Failed(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise Failed(f"{' '.join(map(str, command))} did not end within {seconds} s") from None
    said = ran.stdout.decode(errors="replace")
    if ran.returncode:
        raise Failed(f"{' '.join(map(str, command))} ended with {ran.returncode}:\n{said}")
    return said


def codename() -> str:
    """The name of this Debian.  Raises Failed on any other system."""
    text = Path("/etc/os-release").read_text("utf-8")
    values = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.MULTILINE))
    if values.get("ID") != "debian" or os.geteuid() != 0:
        raise Failed(
            "No Docker engine answers, and only root on Debian can bring one here: "
            "start an engine, or name it with DOCKER_HOST."
        )
    return values["VERSION_CODENAME"]


def mirror(release: str) -> str:
    """Where this machine's own apt gets the packages of its release from."""
    for path in sorted(Path("/etc/apt/sources.list.d").glob("*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text("utf-8")):
            fields = dict(re.findall(r"^(\w[\w-]*):\s*(.*)$", stanza, re.MULTILINE))
            if release in fields.get("Suites", "").split():
                return fields["URIs"].split()[0]
    lists = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*.list")]
    for path in lists:
        text = path.read_text("utf-8") if path.exists() else ""
        if found := re.search(rf"^deb\s+(?:\[.*?\]\s+)?(\S+)\s+{release}\s", text, re.MULTILINE):
            return found[1]
    raise Failed(f"The apt sources of this machine name no mirror of {release}.")


def install(packages: Sequence[str]) -> None:
    """Install Debian packages, without what they merely recommend."""
    options = ("-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120")
    run("apt-get", "install", *options, *packages, DEBIAN_FRONTEND="noninteractive")
