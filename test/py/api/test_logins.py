"""Cookies of browsers, and codes that log in once."""

from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.api import logins

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def phone(service):
    """The token of somebody who may read."""
    return service.access.find(service.access.add("phone", "read", NOW))


def test_a_cookie_stands_for_its_token(service, phone):
    cookie = service.logins.begin(phone, NOW)

    assert service.logins.find(cookie, NOW) == phone


def test_a_cookie_lasts_thirty_days(service, phone):
    cookie = service.logins.begin(phone, NOW)

    assert service.logins.find(cookie, NOW + 29 * DAY)
    assert service.logins.find(cookie, NOW + 30 * DAY) is None


def test_a_token_that_is_revoked_ends_its_logins(service, phone):
    cookie = service.logins.begin(phone, NOW)
    service.access.revoke("phone")
    service.access.add("phone", "admin", NOW)

    assert service.logins.find(cookie, NOW) is None


def test_a_new_token_of_the_owner_ends_the_logins_of_the_old(service, tmp_path):
    cookie = service.logins.begin(service.access.owner(), NOW)
    (tmp_path / "sessions/.api/token").unlink()

    assert service.logins.find(cookie, NOW) is None


def test_another_server_of_the_store_knows_the_login(service, phone, environment):
    cookie = service.logins.begin(phone, NOW)

    assert type(service)(environment).logins.find(cookie, NOW) == phone


def test_who_has_logged_out_is_out(service, phone):
    cookie, other = (service.logins.begin(phone, NOW) for _ in range(2))
    service.logins.end(cookie)

    assert service.logins.find(cookie, NOW) is None
    assert service.logins.find(other, NOW) == phone


def test_a_code_lets_the_owner_in_once(service):
    code = service.logins.code(NOW)

    assert service.logins.redeem(code, NOW).name == "owner"
    assert service.logins.redeem(code, NOW) is None


def test_a_code_that_is_too_old_is_none(service):
    code = service.logins.code(NOW)

    assert service.logins.redeem(code, NOW + logins.CODE_LASTS) is None


def test_a_code_is_no_cookie_and_a_cookie_no_code(service, phone):
    assert service.logins.find(service.logins.code(NOW), NOW) is None
    assert service.logins.redeem(service.logins.begin(phone, NOW), NOW) is None


def test_the_file_has_no_cookie_and_is_its_owners_alone(service, phone, tmp_path):
    cookie = service.logins.begin(phone, NOW)
    path = tmp_path / "sessions/.api/logins.json"

    assert cookie not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "{}", '{"logins": [1]}', '{"logins": [{}]}', "\x00"])
def test_a_file_that_cannot_be_read_is_no_login(service, phone, tmp_path, text):
    cookie = service.logins.begin(phone, NOW)
    (tmp_path / "sessions/.api/logins.json").write_text(text)

    assert service.logins.find(cookie, NOW) is None


def test_logins_that_are_over_are_forgotten(service, phone, tmp_path):
    old = service.logins.begin(phone, NOW)
    service.logins.begin(phone, NOW + 31 * DAY)

    assert len((tmp_path / "sessions/.api/logins.json").read_text()) < 300
    assert service.logins.find(old, NOW) is None


def test_only_so_many_logins_are_kept(service, phone, monkeypatch):
    monkeypatch.setattr(logins, "_MOST", 2)
    made = [service.logins.begin(phone, NOW) for _ in range(3)]

    assert [bool(service.logins.find(one, NOW)) for one in made] == [False, True, True]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("ai_sessions=x", "x"),
        ("a=1; ai_sessions=x; b=2", "x"),
        ("not_ai_sessions=x", ""),
        ("ai_sessions", ""),
        ("", ""),
    ],
)
def test_the_cookie_is_found_among_others(header, expected):
    assert logins.cookie_in(header) == expected
