"""Passwords that are made once, and who gets to know which."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from cli.secrets import make_secrets
from services import SERVICES
from services.notifications.codes.keys import read_keys as read_code_keys
from services.ticketing.tickets.keys import read_keys


def contents(directory: Path) -> dict[str, str]:
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_text() for path in files}


def test_a_service_gets_the_one_address_that_it_is_to_know(tmp_path: Path) -> None:
    make_secrets(tmp_path, "db:5432", SERVICES)
    for service in SERVICES:
        assert list(contents(tmp_path / service)) == ["database_url"]
        url = urlsplit((tmp_path / service / "database_url").read_text().strip())
        assert (url.username, url.hostname, url.path) == (service, "db", f"/maarid_{service}")


def test_every_role_has_a_password_of_its_own(tmp_path: Path) -> None:
    make_secrets(tmp_path, "db:5432", SERVICES)
    urls = [text for path, text in contents(tmp_path).items() if path.endswith("database_url")]
    assert len({urlsplit(url).password for url in urls}) == len(urls) == 2 * len(SERVICES) + 1
    admin = urlsplit((tmp_path / "admin" / "database_url").read_text())
    assert admin.password == (tmp_path / "admin" / "password").read_text().strip()


def test_what_signs_tickets_is_read_by_one_account_alone(tmp_path: Path) -> None:
    made = make_secrets(tmp_path, "db:5432", SERVICES)
    path = tmp_path / "ticket-keys" / "keys.json"
    assert path in made
    assert path.stat().st_mode & 0o777 == 0o600
    assert [key.id for key in read_keys(path).active] == [1]
    before = path.read_text()
    make_secrets(tmp_path, "db:5432", SERVICES)
    assert path.read_text() == before


def test_what_codes_are_made_of_is_read_by_one_account_alone(tmp_path: Path) -> None:
    made = make_secrets(tmp_path, "db:5432", SERVICES)
    path = tmp_path / "code-keys" / "keys"
    assert path in made
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
    (key,) = read_code_keys(path)
    assert make_secrets(tmp_path, "db:5432", SERVICES) == []
    assert read_code_keys(path) == (key,)


def test_what_is_there_stays_and_what_was_lost_is_made_again(tmp_path: Path) -> None:
    make_secrets(tmp_path, "db:5432", SERVICES)
    before = contents(tmp_path)
    assert make_secrets(tmp_path, "db:5432", SERVICES) == []
    (tmp_path / "ticketing" / "database_url").unlink()
    assert make_secrets(tmp_path, "db:5432", SERVICES) == [tmp_path / "ticketing" / "database_url"]
    after = contents(tmp_path)
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {"ticketing/database_url"}
