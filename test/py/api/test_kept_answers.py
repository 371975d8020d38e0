"""Answers that are kept for whoever asks for the same again."""

import contextlib
import sqlite3

import orjson
import pytest

from ai_sessions.api import kept_answers
from ai_sessions.api.answers import Answer
from ai_sessions.api.kept_answers import NAME, KeptAnswers, Request
from ai_sessions.api.problems import Refused
from ai_sessions.errors import StorageError
from ai_sessions.processes import table as processes


@pytest.fixture
def kept(tmp_path, service):
    return KeptAnswers(tmp_path / "kept", service.now)


def test_one_that_is_under_way_is_told(kept):
    assert kept.begin(Request("k", "d")) is None
    with pytest.raises(Refused) as refused:
        kept.begin(Request("k", "d"))

    assert (refused.value.status, refused.value.headers) == (409, {"retry-after": "1"})
    kept.forget(Request("k", "d"))
    assert kept.begin(Request("k", "d")) is None


def test_one_whose_server_is_gone_may_be_done(kept, tmp_path, service):
    kept._owner = orjson.dumps([processes.machine(), 2**22 + 1, "0"]).decode()
    kept.begin(Request("k", "d"))

    assert KeptAnswers(tmp_path / "kept", service.now).begin(Request("k", "d")) is None


def test_a_server_of_another_machine_is_waited_for(kept):
    kept._owner = '["elsewhere", 1, "0"]'
    kept.begin(Request("k", "d"))
    with pytest.raises(Refused, match="under way"):
        kept.begin(Request("k", "d"))


def test_a_stream_is_not_done_again(kept):
    async def pieces():
        yield b"x"

    kept.begin(Request("k", "d"))
    kept.end(Request("k", "d"), Answer(stream=pieces()))

    assert kept.begin(Request("k", "d")).status == 409


def test_a_file_that_is_damaged_is_made_anew(kept, tmp_path):
    kept.begin(Request("k", "d"))
    (tmp_path / "kept" / NAME).write_bytes(b"no database" * 999)

    assert kept.begin(Request("k", "d")) is None


def test_a_folder_that_cannot_be_is_told(tmp_path, service):
    (tmp_path / "kept").write_text("a file")
    with pytest.raises(StorageError):
        KeptAnswers(tmp_path / "kept", service.now).begin(Request("k", "d"))


def test_only_its_owner_can_read_the_file(kept, tmp_path):
    kept.begin(Request("k", "d"))

    assert (tmp_path / "kept" / NAME).stat().st_mode & 0o777 == 0o600


def test_answers_that_others_are_busy_with_are_not_thrown_away(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(kept_answers, "_BUSY_MS", 1)
    kept.begin(Request("k", "d"))
    kept.end(Request("k", "d"), Answer({"a": 1}, 201))
    with contextlib.closing(sqlite3.connect(tmp_path / "kept" / NAME)) as other:
        other.execute("pragma locking_mode = exclusive")
        other.execute("begin exclusive")
        with pytest.raises(StorageError, match="locked"):
            kept.begin(Request("k", "d"))

    assert kept.begin(Request("k", "d")).status == 201


def test_what_failed_may_be_done_again(kept):
    kept.begin(Request("k", "d"))
    kept.end(Request("k", "d"), Answer({}, 502))

    assert kept.begin(Request("k", "d")) is None
