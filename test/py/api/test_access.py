"""Tokens: who has one, what it allows, and that the files keep no secret but the owner's."""

import os
import time
from datetime import UTC, datetime

import pytest

from ai_sessions.api.access import Access
from ai_sessions.disk import files
from ai_sessions.errors import ConfigError, NotFound, UsageError

NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture
def access(tmp_path):
    return Access(tmp_path / ".api")


def test_the_owners_token_is_made_once_and_kept_for_its_owner_alone(access, tmp_path):
    made = access.token()

    assert access.token() == Access(tmp_path / ".api").token() == made
    assert len(made) > 40
    assert (tmp_path / ".api" / "token").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / ".api").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("mode", "is_told"), [(0o600, False), (0o640, True), (0o604, True)])
def test_a_token_that_others_can_read_is_told(access, tmp_path, mode, is_told):
    assert access.exposed is None
    access.token()
    path = tmp_path / ".api" / "token"
    path.chmod(mode)

    assert access.exposed == (path if is_told else None)


def test_the_owner_may_do_everything(access):
    found = access.find(access.token())

    assert (found.name, found.scope) == ("owner", "admin")


@pytest.mark.parametrize("wrong", ["", "ais_wrong", "ö"])
def test_a_wrong_token_is_nobodys(access, wrong):
    access.add("phone", "read", NOW)

    assert access.find(wrong) is None


def test_a_token_that_was_added_is_found_and_kept_as_a_hash_alone(access, tmp_path):
    made = access.add("phone", "write", NOW)

    assert access.find(made).name == "phone"
    assert made not in (tmp_path / ".api" / "tokens.json").read_text()
    assert made[4:] not in (tmp_path / ".api" / "tokens.json").read_text()


def test_a_revoked_token_lets_nobody_in_elsewhere_either(access, tmp_path):
    other = Access(tmp_path / ".api")
    made = access.add("phone", "read", NOW)
    assert other.find(made)

    access.revoke("phone")

    assert other.find(made) is None


def test_revoking_what_is_not_there_is_told(access):
    with pytest.raises(NotFound, match="no token 'phone'"):
        access.revoke("phone")


@pytest.mark.parametrize("name", ["", "A", "../x", "a b"])
def test_a_name_that_is_none_is_refused(access, name):
    with pytest.raises(UsageError, match="not a name for a token"):
        access.add(name, "read", NOW)


def test_a_name_is_given_once(access):
    access.add("phone", "read", NOW)

    with pytest.raises(UsageError, match="there is a token 'phone'"):
        access.add("phone", "admin", NOW)


def test_a_scope_that_is_none_is_refused(access):
    with pytest.raises(UsageError, match="no scope 'root'"):
        access.add("phone", "root", NOW)


@pytest.mark.parametrize("text", ["", "short", "with a blank " * 5])
def test_a_file_without_a_token_is_refused(access, tmp_path, text):
    (tmp_path / ".api").mkdir()
    (tmp_path / ".api" / "token").write_text(text)

    with pytest.raises(ConfigError, match="not a token of at least 32"):
        access.token()


@pytest.mark.parametrize(
    "text", ["", "{}", '{"tokens": [{"name": "x", "scope": "root", "sha256": "", "made_at": ""}]}']
)
def test_a_damaged_list_lets_nobody_in(access, tmp_path, text):
    access.token()
    (tmp_path / ".api" / "tokens.json").write_text(text)

    with pytest.raises(ConfigError, match=r"tokens\.json: not a list of tokens"):
        access.find("anything")


def test_the_token_may_be_in_a_file_elsewhere(tmp_path):
    (tmp_path / "secret").write_text("x" * 32 + "\n")

    access = Access(tmp_path / ".api", tmp_path / "secret")

    assert access.find("x" * 32).name == "owner"


def test_nothing_is_read_again_before_something_has_changed(access, monkeypatch):
    phone = access.add("phone", "read", NOW)
    access.token()
    access.find(phone)
    assert access.is_current()

    monkeypatch.setattr(files, "read_bytes", None)
    assert access.find(phone).name == "phone"


def test_what_another_process_changed_counts_at_once(access, tmp_path):
    phone = access.add("phone", "read", NOW)
    assert not access.is_current()
    access.find(phone)
    Access(tmp_path / ".api").revoke("phone")

    assert not access.is_current()
    assert access.find(phone) is None


def test_one_look_is_enough_for_requests_that_were_there_before_it(access, monkeypatch):
    phone = access.add("phone", "read", NOW)
    access.token()
    access.find(phone)
    came_at = time.monotonic()
    assert access.is_current(came_at)
    monkeypatch.setattr(os, "stat", None)

    assert access.is_current(came_at)
    assert access.find_known(phone).name == "phone"
    assert access.find_known("x" * 40) is None


def test_a_request_that_came_after_the_look_is_not_let_in_by_what_was_revoked(access, tmp_path):
    phone = access.add("phone", "read", NOW)
    access.token()
    access.find(phone)
    assert access.is_current()
    Access(tmp_path / ".api").revoke("phone")

    assert not access.is_current(time.monotonic())


def test_a_look_that_found_a_change_lets_nobody_in_without_reading(access, tmp_path):
    phone = access.add("phone", "read", NOW)
    access.token()
    access.find(phone)
    came_at = time.monotonic()
    assert access.is_current(came_at)
    Access(tmp_path / ".api").revoke("phone")
    assert not access.is_current()

    assert not access.is_current(came_at)


def test_another_token_in_the_owners_file_counts_at_once(access, tmp_path):
    before = access.token()
    access.find(before)
    (tmp_path / ".api" / "token").write_text("x" * 40)

    assert not access.is_current()
    assert access.find(before) is None
    assert access.find("x" * 40).name == "owner"


def test_an_owners_file_that_is_gone_is_made_anew(access, tmp_path):
    before = access.token()
    access.find(before)
    (tmp_path / ".api" / "token").unlink()

    assert access.find(before) is None
    assert access.find(access.token()).name == "owner"


def test_the_owners_token_is_replaced_by_removing_its_file(access, tmp_path):
    before = access.token()
    with pytest.raises(UsageError, match=r"the owner's token is a file: .*\.api/token"):
        access.revoke("owner")
    (tmp_path / ".api" / "token").unlink()

    assert access.find(before) is None
    assert access.find(access.token()).name == "owner"


def test_nobody_else_is_called_owner(access):
    with pytest.raises(UsageError, match="the token 'owner' is there already"):
        access.add("owner", "read", NOW)
