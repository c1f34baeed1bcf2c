"""Pid files and jars: nothing is signalled that is not ours, nothing runs that was not locked."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from servers import StackError, StackSettings, jars, start
from servers.process import ServerProcess
from tests.waiting import until

SLEEPER = [sys.executable, "-c", "import signal; signal.pause()"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\n"
    "while True: signal.pause()",
]


def sleeper(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*SLEEPER, *arguments])


@pytest.fixture(scope="module")
def filled_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of our own with every jar, linked from the user's."""
    jars.class_path()
    cache = tmp_path_factory.mktemp("jars")
    for jar in jars.locked_jars():
        (cache / jar.path).parent.mkdir(parents=True, exist_ok=True)
        (cache / jar.path).write_bytes((jars.cache_directory() / jar.path).read_bytes())
    return cache


async def test_a_server_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    server = ServerProcess("stubborn", tmp_path, [str(tmp_path)])
    server.start([*STUBBORN, str(tmp_path)], environment={}, on_parent_death=signal.SIGKILL)
    pid = server.pid
    assert pid is not None
    await until(lambda: "up" in server.log.read_text(), "the server is up", 10)
    await server.stop([(signal.SIGTERM, 0.2)])
    assert server.pid is None
    assert not psutil.pid_exists(pid)
    assert not (tmp_path / "stubborn.pid").exists()


async def test_a_server_left_behind_is_recognised_and_ended(tmp_path: Path) -> None:
    left = sleeper(str(tmp_path))
    (tmp_path / "sleeper.pid").write_text(f"{left.pid}\n")
    await ServerProcess("sleeper", tmp_path, [str(tmp_path)]).end_stale([(signal.SIGTERM, 5)])
    left.wait(5)
    assert not (tmp_path / "sleeper.pid").exists()


async def test_a_stranger_that_was_given_an_old_pid_is_left_alone(tmp_path: Path) -> None:
    stranger = sleeper()
    try:
        (tmp_path / "sleeper.pid").write_text(f"{stranger.pid}\n")
        await ServerProcess("sleeper", tmp_path, [str(tmp_path)]).end_stale([(signal.SIGTERM, 5)])
        assert stranger.poll() is None
        assert not (tmp_path / "sleeper.pid").exists()
    finally:
        stranger.kill()
        stranger.wait()


def test_a_damaged_jar_is_fetched_again(filled_cache: Path) -> None:
    jar = min(jars.locked_jars(), key=lambda jar: (filled_cache / jar.path).stat().st_size)
    file = filled_cache / jar.path
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    paths = jars.class_path(filled_cache)
    assert file in paths
    assert file.read_bytes() == whole


def test_a_jar_that_is_not_the_locked_one_is_refused(
    filled_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    smallest = min(jars.locked_jars(), key=lambda jar: (filled_cache / jar.path).stat().st_size)
    forged = tmp_path / "jgo.lock.toml"
    forged.write_text(jars.LOCK_FILE.read_text().replace(smallest.sha256, "0" * 64))
    monkeypatch.setattr(jars, "LOCK_FILE", forged)
    with pytest.raises(StackError, match=rf"{re.escape(smallest.path.name)} is not the file"):
        jars.class_path(filled_cache)


def test_the_lock_names_no_host_and_a_sum_for_every_jar() -> None:
    assert "://" not in jars.LOCK_FILE.read_text()
    assert {len(jar.sha256) for jar in jars.locked_jars()} == {64}
    named = {f"{jar.group}:{jar.artifact}:{jar.version}" for jar in jars.locked_jars()}
    assert set(jars.COORDINATES) <= named


async def test_external_servers_are_asked_for_by_the_names_of_their_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in os.environ if name.startswith("MAARID_")]:
        monkeypatch.delenv(name)
    with pytest.raises(StackError, match="MAARID_BOOTSTRAP"):
        await start(StackSettings(stack="external"), ["counter"])
    settings = StackSettings(stack="external", bootstrap="127.0.0.1:1")
    with pytest.raises(StackError, match="MAARID_COUNTER_OWNER_DATABASE_URL"):
        await start(settings, ["counter"])
    monkeypatch.setenv("MAARID_COUNTER_OWNER_DATABASE_URL", "postgresql://a:secret@127.0.0.1:1/a")
    monkeypatch.setenv("MAARID_COUNTER_DATABASE_URL", "postgresql://b:secret@127.0.0.1:1/b")
    with pytest.raises(StackError, match=r"No Kafka answers at MAARID_BOOTSTRAP \(127\.0\.0\.1:1"):
        await start(settings, ["counter"])


async def test_containers_without_an_engine_are_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(StackError, match=r"No Docker engine answers: .*MAARID_STACK=embedded"):
        await start(StackSettings(stack="containers"), ["counter"])
