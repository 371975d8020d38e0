"""A note of an import that cannot be used is none, and then the sessions are asked."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.errors import StorageError
from ai_sessions.imports import claims
from ai_sessions.imports.import_state import FOLDER, ImportState, StateFile
from ai_sessions.imports.partition import mark_of
from ai_sessions.names import IMPORTED
from ai_sessions.records import About, Change, Interaction, Resume, stamp
from ai_sessions.store.files import FileStore

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path, fsync="none", now=lambda: NOW)


@pytest.fixture
def state(tmp_path, store):
    (tmp_path / FOLDER).mkdir(mode=0o700)
    return StateFile(tmp_path, store, "claude")


def ours(store, conversation="c1", session="plan-a", provider="claude", minutes=0):
    """A call of ours that took a minute."""
    store.ensure(session, About("plan", "a"))
    at = stamp(NOW - timedelta(minutes=minutes))
    resume = Resume(conversation) if conversation else None
    call = Interaction(
        f"{session}-{minutes}", at, provider, "m", (), duration_ms=60_000, resume=resume
    )
    store.append(session, [call])


def begun(store, minutes, **more):
    """A call of ours that has no answer yet."""
    store.ensure("plan-b", About("plan", "b"))
    at = stamp(NOW - timedelta(minutes=minutes))
    store.append("plan-b", [Change("calling", {"provider": "claude", "at": at, **more})])


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "7", '{"schema": 2}', '{"schema": 1}'),
        '{"schema":1,"whole":true,"looked":"","ours":[],"logs":{}}',
        '{"schema":1,"whole":true,"looked":"","ours":{"c":[1]},"logs":{}}',
        '{"schema":1,"whole":true,"looked":"","ours":{},"logs":5}',
    ],
)
def test_a_note_that_cannot_be_read_is_none(state, text):
    state.place.with_suffix(".json").write_text(text)

    assert state.read() == ImportState()


def test_without_its_marks_a_note_is_not_whole(state):
    state.write(ImportState({"log": {"at": 5}}, {"c": [("a", "b")]}, "2026", True))
    assert state.read() == ImportState({"log": {"at": 5}}, {"c": [("a", "b")]}, "2026", False)

    state.write_marks([])
    assert state.read().whole


def test_marks_come_back_as_they_were_kept(state):
    marks = [mark_of(str(number)) for number in range(5)]
    state.write_marks(marks)

    assert state.marks(ImportState(whole=True)) == b"".join(marks)


def test_when_the_list_is_not_whole_imported_sessions_tell_what_is_in(state, store):
    ours(store)
    for name in ("import-x", "import-claude-shop"):
        command = IMPORTED if name == "import-x" else ""
        store.ensure(name, About(command, "", "/shop"))
        store.append(name, [Interaction(f"claude:{name}", stamp(NOW), "claude", "m", ())])

    known = state.marks(ImportState())
    wanted = [mark_of("claude:import-claude-shop"), mark_of("claude:import-x")]
    assert known in (b"".join(wanted), b"".join(reversed(wanted)))


def test_a_session_that_cannot_be_read_ends_the_import(state, store, tmp_path):
    ours(store)
    journal = tmp_path / "plan-a" / "journal.jsonl"
    journal.unlink()
    journal.mkdir()

    with pytest.raises(StorageError, match="plan-a"):
        state.marks(ImportState())


def log_of(tmp_path, text, minutes=0, name="log.jsonl"):
    path = tmp_path / name
    path.write_text(text)
    at = (NOW - timedelta(minutes=minutes)).timestamp()
    os.utime(path, (at, at))
    return path


@pytest.mark.parametrize(
    ("more", "minutes", "text", "is_busy"),
    [
        ({"resume": "c9"}, 0, "of c9", True),
        ({"resume": "c9"}, 0, "of another", False),
        ({"resume": "c9"}, 6, "of c9", False),
        ({}, 0, "of anybody", True),
        ({}, 6, "of anybody", False),
        ({"provider": "codex"}, 0, "of anybody", False),
        ({"at": "soon"}, 0, "of anybody", False),
        ({"at": stamp(NOW - timedelta(days=1))}, 0, "of anybody", False),
    ],
)
def test_a_log_is_busy_that_may_have_a_call_of_ours_without_an_end(
    state, store, tmp_path, more, minutes, text, is_busy
):
    begun(store, 5, **more)

    assert state.under_way(NOW)(log_of(tmp_path, text, minutes)) is is_busy


def test_no_log_is_busy_without_a_call_of_ours(state, tmp_path):
    assert not state.under_way(NOW)(log_of(tmp_path, "of c9"))


def test_a_database_is_busy_whenever_it_was_written_to(state, store, tmp_path):
    begun(store, 5, resume="c9")

    assert state.under_way(NOW)(log_of(tmp_path, "", 60, "opencode.db"))


def test_our_calls_have_a_window_of_their_own_time_and_no_more(state, store, tmp_path):
    ours(store)
    ours(store, conversation="")
    ours(store, "c2", "plan-c", "codex")
    told = {"provider": "claude", "resume": {"id": "c1"}}
    claims.add(state.place.parent, [{**told, "ts": stamp(NOW)}, {**told, "ts": "soon"}])
    known = ImportState()
    for _time in range(2):
        state.look_for_ours(known)

    edge = timedelta(milliseconds=2)
    windows = [(NOW - timedelta(minutes=1), NOW), (NOW, NOW)]
    assert known.ours == {"c1": [(stamp(a - edge), stamp(b + edge)) for a, b in windows]}
    assert known.looked == stamp(NOW)
