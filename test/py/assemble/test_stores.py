"""Stores for the settings: files, or memory alone."""

import contextlib
import itertools
import os
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from ai_sessions import config, ids
from ai_sessions.assemble import ledgers, stores
from ai_sessions.conversations import forking
from ai_sessions.errors import AiSessionsError, UsageError
from ai_sessions.imports import claims
from ai_sessions.index import NAME, Index, calls
from ai_sessions.records import About, Cost, Interaction, Note, Resume
from ai_sessions.store.files import FileStore, repeats
from ai_sessions.store.memory import MemoryStore


def test_with_sessions_they_are_files_without_they_are_memory(settings, tmp_path):
    assert isinstance(stores.store(settings, True), FileStore)
    assert isinstance(stores.store(settings, False), MemoryStore)
    assert not (tmp_path / "s").exists()


PAID = Interaction(
    "i",
    "2026-11-28T10:00:00.000Z",
    "claude",
    "opus",
    (),
    resume=Resume("conversation-1"),
    duration_ms=2000,
)


@pytest.mark.parametrize("is_kept", [True, False])
def test_calls_that_no_session_has_are_ours_for_imports(tmp_path, is_kept):
    settings = config.load({"SESSION_DIR": str(tmp_path), "SESSION_FSYNC": "none"})
    store, folder = stores.store(settings, is_kept), tmp_path / ".imports"
    store.ensure("plan-a", About("plan", "a"))
    store.append("plan-a", [PAID])
    if is_kept:
        assert list(claims.read(folder, "claude")) == [], "the session tells"
        store.discard("plan-a")

    (found,) = claims.read(folder, "claude")
    assert found == ("conversation-1", "2026-11-28T09:59:58.000Z", "2026-11-28T10:00:00.000Z")


@pytest.mark.parametrize("is_kept", [True, False])
def test_one_that_cannot_be_kept_as_ours_is_a_warning(tmp_path, is_kept):
    settings, said = config.load({"SESSION_DIR": str(tmp_path), "SESSION_FSYNC": "none"}), []
    (tmp_path / ".imports").write_text("in the way")
    store = stores.store(settings, is_kept, said.append)
    store.ensure("plan-a", About("plan", "a"))
    store.append("plan-a", [PAID])
    store.discard("plan-a")

    assert "import may take these calls for somebody else's" in said[-1]


@pytest.fixture
def long(tmp_path, monkeypatch):
    """A store with a session that is long enough to ask the index, as a new process sees it."""
    settings = config.load({"SESSION_DIR": str(tmp_path / "s"), "SESSION_FSYNC": "none"})
    store = stores.files(settings)
    store.append("chat", [Note("x", {}, id=f"key-{number}") for number in range(40)])
    monkeypatch.setattr(repeats, "_LONG_BYTES", 1)
    monkeypatch.setattr(repeats, "_last", repeats._Seen())
    return store


def test_an_id_from_long_ago_is_looked_for_in_the_index(long, monkeypatch):
    monkeypatch.setattr(repeats, "_blocks", None)
    before = long.read("chat")

    assert long.append("chat", [Note("x", {}, id="key-3")]) == before


def test_an_id_that_is_new_is_added(long, monkeypatch):
    monkeypatch.setattr(repeats, "_blocks", None)

    assert long.append("chat", [Note("x", {}, id="other")]) is not None
    assert [one.id for one in long.entries("chat", last=1)] == ["other"]


def test_without_an_index_it_is_looked_for_in_the_session(long, tmp_path):
    (tmp_path / "s" / NAME).mkdir()
    before = long.read("chat")

    assert long.append("chat", [Note("x", {}, id="key-3")]) == before


def test_ids_of_ours_that_are_young_ask_nobody(long, tmp_path, monkeypatch):
    moments = itertools.count(1_800_000_000_000_000_000, 1_000_000)
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: next(moments)))
    long.append("chat", [Note("x", {}) for _ in range(40)])
    long.append("chat", [Note("x", {})])

    assert not (tmp_path / "s" / NAME).exists()


AT = "2026-11-28T10:00:00.000Z"


def spend(store, session, id_):
    call = Interaction(id_, AT, "claude", "m", (), cost=Cost(7, "client"))
    store.ensure(session, About("plan", "pay", "/shop"))
    store.append(session, [call])


def test_a_session_comes_back_when_no_other_one_has_its_calls_and_they_count_once(settings):
    store, same = stores.files(settings), ids.new()
    spend(store, "plan-pay", same)
    store.discard("plan-pay")
    spend(store, "copy", same)

    with pytest.raises(UsageError, match="calls of plan-pay are in session copy now"):
        store.restore("plan-pay")
    assert store.discarded() == ["plan-pay"]
    store.discard("copy")
    store.restore("plan-pay")

    told = calls.by(stores.index(settings, store), "feature").answer
    assert told["pay"]["cost_nusd"] == 7


def test_numbers_that_other_programs_give_their_calls_are_no_sign_of_the_same_calls(settings):
    store = stores.files(settings)
    spend(store, "plan-pay", "1")
    store.discard("plan-pay")
    spend(store, "another", "1")

    assert store.restore("plan-pay").totals.cost_nusd == 7


def test_a_fork_does_not_keep_its_session_from_coming_back(settings):
    store = stores.files(settings)
    spend(store, "plan-pay", ids.new())
    forking.fork(store, "plan-pay", "fork", datetime.now(UTC))
    store.discard("plan-pay")

    assert store.restore("plan-pay").totals.cost_nusd == 7


def test_a_session_that_cannot_be_read_comes_back_to_be_mended(settings):
    store = stores.files(settings)
    spend(store, "plan-pay", ids.new())
    store.discard("plan-pay")
    [folder] = (store.root / ".trash").iterdir()
    (folder / "metadata.json").unlink()
    (folder / "journal.jsonl").write_bytes(b"no journal\n")

    with contextlib.suppress(AiSessionsError):
        store.restore("plan-pay")
    assert store.names() == ["plan-pay"]


def killed_in(act):
    """What a process did that `act` ends."""
    if (child := os.fork()) == 0:
        try:
            act()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.parametrize("command", ["import", "plan"])
@pytest.mark.parametrize("is_back", [False, True])
def test_who_is_killed_while_a_session_comes_back_lets_nothing_count_twice(
    tmp_path, monkeypatch, command, is_back
):
    """The same call was in two sessions, one after the other, and both are gone."""
    settings = config.load({"SESSION_DIR": str(tmp_path), "SESSION_FSYNC": "none"})
    store, paid = stores.files(settings), Cost(7, "client")
    one = Interaction(ids.new(), "2026-11-28T10:00:00.000Z", "claude", "opus", (), cost=paid)
    for name in ("first", "second"):
        store.ensure(name, About(command, "" if command == "import" else "a"))
        store.append(name, [one])
        store.discard(name)
        if command == "import":
            ledgers.withdraw_imported(settings, print, {one.id} if name == "first" else set())

    def killed():
        end = lambda *_call, **_named: os._exit(9)  # noqa: E731
        if is_back:
            monkeypatch.setattr(ledgers, "ledger", end)
        else:
            monkeypatch.setattr(os, "rename", end)
            monkeypatch.setattr(Path, "rename", end)
        stores.files(settings).restore("first")

    killed_in(killed)

    assert ("first" in store.names()) is is_back
    groups = calls.by(Index(store.source(), str(tmp_path)), "command").answer
    assert [group["interactions"] for group in groups.values()] == [1]
    assert [group["cost_nusd"] for group in groups.values()] == [7]
