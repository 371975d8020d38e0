"""A note of an import that cannot be used is none, and then the sessions are asked."""

from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.errors import StorageError
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


def test_logs_are_busy_from_the_first_call_whose_conversation_is_not_known(state, store):
    assert state.busy_since(NOW) == float("inf")
    begun(store, 5)

    assert state.busy_since(NOW) == (NOW - timedelta(minutes=5)).timestamp()


@pytest.mark.parametrize(
    ("minutes", "more"),
    [(24 * 60, {}), (5, {"provider": "codex"}), (5, {"resume": "c1"}), (5, {"at": "soon"})],
    ids=["given up", "another agent's", "known", "of no time"],
)
def test_a_call_that_is_over_or_known_keeps_no_log_busy(state, store, minutes, more):
    begun(store, minutes, **more)

    assert state.busy_since(NOW) == float("inf")


def test_our_calls_have_a_window_with_some_slack_at_both_ends(state, store):
    ours(store)
    ours(store, conversation="")
    ours(store, "c2", "plan-c", "codex")
    known = ImportState()
    state.look_for_ours(known, NOW)

    window = (stamp(NOW - timedelta(seconds=62)), stamp(NOW + timedelta(seconds=2)))
    assert known.ours == {"c1": [window]}


def test_one_that_is_under_way_lasts_until_now(state, store):
    begun(store, 5, resume="c9")
    known = ImportState()
    state.look_for_ours(known, NOW)

    assert known.ours == {
        "c9": [(stamp(NOW - timedelta(seconds=302)), stamp(NOW + timedelta(seconds=2)))]
    }
    assert known.looked == stamp(NOW)
