"""Which entry is meant, and that its words are found nowhere afterwards."""

from datetime import UTC, datetime

import pytest

from ai_sessions import ids
from ai_sessions.conversations import forking, lineage
from ai_sessions.errors import LockBusy, NotFound, StorageError, UsageError
from ai_sessions.index import Index
from ai_sessions.index.search import search
from ai_sessions.records import About, Change, Interaction, Message, Note, Pin, Said
from ai_sessions.sessions import redacting
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

NAME = "plan-a"


@pytest.fixture(params=["files", "memory"])
def store(request, tmp_path):
    made = (
        MemoryStore()
        if request.param == "memory"
        else FileStore(tmp_path / "sessions", fsync="none")
    )
    said = (Message("user", "open sesame"), Message("assistant", "the cave is open"))
    calls = [Interaction(id_, "", "claude", "sonnet", said) for id_ in ("first", "1", "third")]
    made.append(NAME, [*calls, Change("tags", ["cave"]), Said(Message("user", "bye"), id="last")])
    return made


@pytest.fixture
def index(store, tmp_path):
    return Index(store.source(), str(tmp_path / "sessions") if store.lasting else "", 0)


def copied(store, name, new):
    """A fork as an earlier version made it."""
    uid = store.read(name).uid
    store.ensure(new, store.read(name).about)
    begin, end = Note("fork", {"from": name, "uid": uid}), Note("fork", {"done": True})
    said: list = [begin]
    for entry in store.entries(name):
        here = entry.messages if isinstance(entry, Interaction) else ()
        for number, message in enumerate((entry.message,) if isinstance(entry, Said) else here):
            id_ = entry.id if ids.is_forked(entry.id) else ids.forked(uid, f"{entry.seq}.{number}")
            said.append(Said(message, id=id_))
    store.append(new, [*said, end])


@pytest.mark.parametrize(
    ("given", "seq"), [("first", 1), ("2", 2), ("1", 2), ("third", 3), ("3", 3), ("last", 5)]
)
def test_an_entry_is_meant_by_its_id_or_else_by_its_number(store, given, seq):
    assert redacting.find(store, NAME, given)["seq"] == seq


@pytest.mark.parametrize("given", ["", "99", "-1", "None", "²", "firs", "1.0", "\x1b"])
def test_what_is_no_entry_is_told_with_where_the_numbers_are(store, given):
    with pytest.raises(NotFound, match="has no entry") as refused:
        redacting.find(store, NAME, given)
    assert f"column seq: ai-session.sh show {NAME}" in refused.value.hint


@pytest.mark.parametrize("given", ["0", "4"])
def test_a_fact_about_the_session_is_not_redacted(store, given):
    with pytest.raises(UsageError, match="nothing was said in it"):
        redacting.find(store, NAME, given)


def redact(store, index, given):
    return redacting.redact(store, index, NAME, redacting.find(store, NAME, given))


def test_words_are_not_found_any_more_in_the_session_nor_in_its_forks(store, index):
    copied(store, NAME, "plan-b")
    assert len(search(index, "sesame").hits) == 6
    done = redact(store, index, "1")

    assert (done.seq, done.id, done.also_in) == (2, "1", ("plan-b",))
    assert {(hit.session, hit.seq) for hit in search(index, "sesame").hits} == {
        (NAME, 1),
        (NAME, 3),
        ("plan-b", 2),
        ("plan-b", 6),
    }


def test_a_fork_shows_what_is_left_of_what_it_shares(store, index):
    store.append(NAME, [Change("state.word", "sesame"), Pin("p", "sesame")])
    forking.fork(store, NAME, "plan-b", datetime(2026, 1, 1, tzinfo=UTC))
    for seq in ("first", "1", "third", "6", "7"):
        redact(store, index, seq)

    assert "sesame" not in str(list(lineage.entries(store, store.read("plan-b"))))
    assert "sesame" not in str(store.read("plan-b"))
    assert search(index, "sesame").hits == ()


@pytest.mark.parametrize("uid", ["", "v1-plan-a", "import:plan-a"])
def test_a_fork_of_a_fork_is_found_when_the_one_between_is_gone(tmp_path, uid):
    store = FileStore(tmp_path / "sessions", fsync="none")
    index = Index(store.source(), str(tmp_path / "sessions"), 0)
    store.ensure(NAME, About(uid=uid))
    said = (Message("user", "open sesame"), Message("assistant", "the cave is open"))
    store.append(NAME, [Interaction(id_, "", "claude", "sonnet", said) for id_ in "abc"])
    copied(store, NAME, "plan-b")
    copied(store, "plan-b", "plan-c")
    store.append("plan-b", [Said(Message("user", "what only forks know"))])
    copied(store, "plan-b", "plan-d")
    store.discard("plan-b")
    store.purge(datetime(9999, 1, 1, tzinfo=UTC))

    assert redact(store, index, "2").also_in == ("plan-c", "plan-d")
    assert {hit.seq for hit in search(index, "sesame", within=["plan-c"]).hits} == {2, 6}
    assert len(search(index, "forks").hits) == 1


def test_the_words_leave_the_index_file_although_a_fork_is_in_use(store, index, tmp_path):
    copied(store, NAME, "plan-b")
    search(index, "sesame")

    with store.turn("plan-b", 0), pytest.raises(LockBusy, match="plan-b is in use") as busy:
        redact(store, index, "1")
    assert busy.value.hint.endswith("then run the same command again")
    assert not (tmp_path / "sessions/.index.sqlite3").exists()
    assert redact(store, index, "1").also_in == ("plan-b",)


def test_an_index_that_cannot_be_deleted_is_an_error(store, index, tmp_path, monkeypatch):
    kept = Index(store.source(), str(tmp_path), 0)
    search(kept, "sesame")
    monkeypatch.setattr("ai_sessions.index.database.remove", lambda _path: None)

    with pytest.raises(StorageError, match=r"\.index\.sqlite3: it cannot be deleted"):
        redact(store, kept, "1")
    assert "sesame" not in str(list(store.entries(NAME))[1])
