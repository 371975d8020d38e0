"""Lists of models are kept, and what cannot be read counts as none."""

import json
from datetime import UTC, datetime

import pytest

from ai_sessions.errors import LockBusy, StorageError
from ai_sessions.providers import list_cache

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
ROWS = [{"id": "a/b:free", "window": 9, "free": True, "capabilities": ["text"]}]


@pytest.fixture
def root(tmp_path):
    """A folder of sessions in which lists can be kept."""
    with list_cache.asking(tmp_path):
        return tmp_path


def test_a_list_that_was_kept_is_read_again_with_its_day_and_source(root):
    list_cache.keep(root, "openrouter#1", ROWS, "http://a/models", NOW)

    kept = list_cache.read(root)["openrouter#1"]
    assert kept["models"] == ROWS
    assert (kept["day"], kept["source"]) == ("2026-11-29", "http://a/models")
    assert kept["at"] == kept["asked_at"] == "2026-11-29T12:00:00.000Z"


def test_one_list_does_not_touch_another(root):
    list_cache.keep(root, "openrouter#1", ROWS, "s", NOW)
    list_cache.keep(root, "groq#2", [{"id": "m"}], "s", NOW)

    assert [one["id"] for told in list_cache.read(root).values() for one in told["models"]] == [
        "a/b:free",
        "m",
    ]


def test_a_server_that_does_not_say_leaves_the_list_as_it_was(root):
    list_cache.keep(root, "openrouter#1", ROWS, "s", NOW)
    list_cache.keep(root, "openrouter#1", [], "s", NOW.replace(hour=13))

    kept = list_cache.read(root)["openrouter#1"]
    assert kept["models"] == ROWS
    assert (kept["at"][:13], kept["asked_at"][:13]) == ("2026-11-29T12", "2026-11-29T13")


def test_the_file_is_private(root):
    list_cache.keep(root, "openrouter#1", ROWS, "s", NOW)

    assert (root / list_cache.FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        '{"lists": []}',
        '{"lists": {"a": 7}}',
        '{"lists": {"a": {}}}',
        '{"lists": {"a": {"models": [{"window": 5}]}}}',
        '{"lists": {"a": {"models": [{"id": "m", "window": "5"}]}}}',
        '{"lists": {"a": {"models": [{"id": 5}]}}}',
        '{"lists": {"a": {"models": [[]]}}}',
    ],
)
def test_what_cannot_be_read_counts_as_none_and_is_replaced(root, damage):
    (root / list_cache.FILE).write_text(damage)

    assert list_cache.read(root) == {}
    list_cache.keep(root, "openrouter#1", ROWS, "s", NOW)
    assert list_cache.read(root)["openrouter#1"]["models"] == ROWS


def test_what_a_later_version_says_more_is_left_out(root):
    row = {**ROWS[0], "colour": "red"}
    told = {"lists": {"a": {"models": [row], "day": "2026-11-29", "more": 1}}}
    (root / list_cache.FILE).write_text(json.dumps(told))

    assert list_cache.read(root)["a"]["models"] == ROWS


def test_only_one_process_asks(root):
    with list_cache.asking(root), pytest.raises(LockBusy), list_cache.asking(root):
        pass


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(StorageError):
        list_cache.asking(tmp_path / "file" / "sessions")
