"""What is installed is held against the lock, and a lock is nothing but pins with sums."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.supply.locks import IMAGE, LockError, applying, differences, read_lock
from tests.unit.supply.made import SUM, installed, lock, pinned


def test_what_is_installed_as_the_lock_says_does_not_differ() -> None:
    here = [
        installed("Typing_Extensions", "4.16.0"),
        installed("tzdata", "2026.06"),
        installed("maarid", "0.1.0"),
        installed("maarid-contracts", "0.1.0"),
    ]
    assert differences(here, pinned(typing_extensions="4.16", tzdata="2026.6")) == []


def test_a_wrong_version_a_missing_and_an_extra_distribution_are_each_found() -> None:
    here = [installed("right"), installed("wrong", "1.1"), installed("extra", "3.0")]
    assert differences(here, pinned(right="1.0", wrong="1.0", missing="2.0")) == [
        "wrong 1.1 is installed, 1.0 is in the lock",
        "extra 3.0 is not in the lock: /packages/extra-3.0.dist-info",
        "missing 2.0 is not installed",
    ]


def test_a_second_copy_elsewhere_is_found_though_its_version_is_right() -> None:
    here = [installed("httpx", place="/opt/a"), installed("httpx", place="/usr/lib/b")]
    assert differences(here, pinned(httpx="1.0")) == [
        "httpx is installed twice: in /opt/a and in /usr/lib/b"
    ]


def test_a_version_that_is_none_is_a_wrong_one() -> None:
    here = [installed("odd", "unknown")]
    assert differences(here, pinned(odd="0")) == ["odd unknown is installed, 0 is in the lock"]


def test_only_what_an_environment_calls_for_must_be_there(tmp_path: Path) -> None:
    pins = read_lock(
        lock(
            tmp_path,
            "everywhere==1.0",
            "colorama==0.4.6 ; sys_platform == 'win32'",
            "twice==1.0 ; python_full_version < '3.12'",
            "twice==2.0 ; python_full_version >= '3.12'",
        )
    )
    assert {name: str(pin.version) for name, pin in applying(pins).items()} == {
        "everywhere": "1.0",
        "twice": "1.0",
    }
    windows = {**IMAGE, "sys_platform": "win32", "python_full_version": "3.12.1"}
    assert {name: str(pin.version) for name, pin in applying(pins, windows).items()} == {
        "everywhere": "1.0",
        "colorama": "0.4.6",
        "twice": "2.0",
    }


def test_a_lock_is_read_with_names_sums_and_markers(tmp_path: Path) -> None:
    path = tmp_path / "some.txt"
    path.write_text(
        f"Some.Name==1.0 ; sys_platform == 'linux' \\\n    --hash=sha256:{SUM} \\\n"
        f"    --hash=sha256:{'0' * 64}\n    # via\n    #   another\n",
        "utf-8",
    )
    (pin,) = read_lock(path)
    assert (pin.name, str(pin.version), pin.hashes) == ("some-name", "1.0", (SUM, "0" * 64))
    assert str(pin.marker) == 'sys_platform == "linux"'


@pytest.mark.parametrize(
    "line",
    [
        "httpx==1.0",
        f"httpx --hash=sha256:{SUM}",
        f"httpx>=1.0 --hash=sha256:{SUM}",
        f"httpx==1.* --hash=sha256:{SUM}",
        f"httpx==1.0,!=1.1 --hash=sha256:{SUM}",
        f"httpx[http2]==1.0 --hash=sha256:{SUM}",
        f"httpx @ https://example.org/httpx.whl --hash=sha256:{SUM}",
        f"httpx==1.0 --hash=sha256:{SUM[:-1]}",
        f"httpx==1.0 --hash=sha1:{SUM[:40]}",
        f"httpx==1.0 --hash=sha256:{SUM} --config-settings=x",
        "--index-url https://example.org/simple",
        "-r other.txt",
        "-e .",
        "# nothing at all",
    ],
)
def test_a_line_that_is_not_one_version_with_sums_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "some.txt"
    path.write_text(line + "\n", "utf-8")
    with pytest.raises(LockError, match=r"some\.txt"):
        read_lock(path)
