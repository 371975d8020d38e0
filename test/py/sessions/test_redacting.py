"""Which entry is meant, and that its words are found nowhere afterwards."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import ai_sessions
from ai_sessions import ids
from ai_sessions.conversations import family, forking, lineage
from ai_sessions.conversations.hot import HotSessions
from ai_sessions.errors import LockBusy, NotFound, StorageError, UsageError
from ai_sessions.index import Index, passages, vectors
from ai_sessions.index.search import search
from ai_sessions.records import About, Change, Interaction, Message, Note, Pin, Said, Summary
from ai_sessions.sessions import redacting
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

NAME = "plan-a"
PYLIB = Path(ai_sessions.__file__).parent.parent


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
    [found] = redacting.find(store, NAME, given).entries
    assert found["seq"] == seq


@pytest.mark.parametrize(
    "given", ["", "99", "-1", "None", "²", "firs", "1.2", "4.0", "x:1.0", "\x1b"]
)
def test_what_is_no_entry_is_told_with_where_the_numbers_are(store, given):
    with pytest.raises(NotFound, match="has no entry") as refused:
        redacting.find(store, NAME, given)
    assert f"column seq: ai-session.sh show {NAME}" in refused.value.hint


@pytest.mark.parametrize("given", ["0", "4"])
def test_a_fact_about_the_session_is_not_redacted(store, given):
    with pytest.raises(UsageError, match="nothing was said in it"):
        redacting.find(store, NAME, given)


def redact(store, index, given):
    return redacting.redact(store, index, redacting.find(store, NAME, given))


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


def test_no_vector_is_left_of_what_was_redacted(tmp_path):
    folder = tmp_path / "sessions"
    store = FileStore(folder, fsync="none")
    store.append(NAME, [Said(Message("user", text)) for text in ("open sesame", "good evening")])
    mine, other = (passages.digest(text) for text in ("open sesame", "good evening"))
    vectors.add(str(folder), {mine: b"of sesame", other: b"of evening"})

    redact(store, Index(store.source(), str(folder), 0), "1")

    assert vectors.of(str(folder), {mine, other}) == {other: b"of evening"}
    assert b"of sesame" not in (folder / vectors.NAME).read_bytes()


def test_an_index_that_cannot_be_deleted_is_an_error(store, index, tmp_path, monkeypatch):
    kept = Index(store.source(), str(tmp_path), 0)
    search(kept, "sesame")
    monkeypatch.setattr("ai_sessions.index.database.remove", lambda _path: None)

    with pytest.raises(StorageError, match=r"\.index\.sqlite3: it cannot be deleted"):
        redact(store, kept, "1")
    assert "sesame" not in str(list(store.entries(NAME))[1])


@pytest.mark.parametrize("given", ["1.0", "1.1"])
def test_the_id_of_a_message_means_its_entry(store, given):
    assert [one["seq"] for one in redacting.find(store, NAME, given).entries] == [1]


def test_the_id_of_a_message_that_a_fork_shares_means_that_of_its_parent(store, index):
    forking.fork(store, NAME, "plan-b", datetime(2026, 1, 1, tzinfo=UTC))
    sought = redacting.find(store, "plan-b", f"{store.read(NAME).uid}:2.1")

    assert (sought.session, [one["seq"] for one in sought.entries]) == (NAME, [2])


def nowhere(word, store, root):
    """Neither in what a store tells, nor in a file below it."""
    told = [one for name in store.names() for one in store.plain_entries(name)]
    told += [str(store.read(name)) for name in store.names()]
    files = root.rglob("*") if store.lasting else ()
    told += [path.read_bytes() for path in files if path.is_file()]
    return not any(word in str(one) for one in told)


@pytest.fixture
def secret(store):
    """What was made of message 1.0 of `chat`, in it and in its forks."""
    store.ensure("chat", About(kind="chat", title="Of keys"))
    store.append("chat", [Said(Message("user", "The code is hunter2, keep it."), id="said")])
    store.append("chat", [Summary("code: hunter2", 1), Summary("still hunter2", 9, 3, based_on=2)])
    store.append("chat", [Pin("a", "code hunter2", "1.0"), Pin("b", "the code is hunter2")])
    store.append("chat", [Change("title", "The code is hunt…"), Change("description", "hunter2")])
    forking.fork(store, "chat", "fork", datetime(2026, 1, 1, tzinfo=UTC))
    store.append("fork", [Summary("before: hunter2", 1), Pin("c", "hunter2")])
    forking.fork(store, "fork", "deep", datetime(2026, 1, 1, tzinfo=UTC))
    store.append("deep", [Summary("all: hunter2", 1)])
    store.ensure("other", About(kind="chat"))
    family.link(store, "chat", "other")
    return store


def test_what_was_made_of_a_message_goes_with_it(secret, index, tmp_path):
    search(index, "hunter2")
    store = secret
    store.append("chat", [Summary("of later", 14, 12), Pin("d", "Never dig"), Change("state.x", 1)])
    done = redacting.redact(store, index, redacting.find(store, "chat", "1.0"))

    assert nowhere("hunt", store, tmp_path / "sessions")
    assert sorted(done.also_in) == ["deep", "fork", "other"]
    assert {one.kind for one in done.derived} == {"summary", "pin", "title", "description", "link"}
    session = store.read("chat")
    assert (session.pins["d"].text, session.state) == ("Never dig", {"x": 1})
    assert [one.text for one in store.entries("chat") if isinstance(one, Summary)][-1] == "of later"


def test_who_was_stopped_before_the_end_can_go_on(secret, index, tmp_path):
    sought = redacting.find(secret, "chat", "1.0")
    with secret.turn("deep", 0), pytest.raises(LockBusy):
        redacting.redact(secret, index, sought)
    redacting.redact(secret, index, redacting.find(secret, "chat", "1.0"))

    assert nowhere("hunt", secret, tmp_path / "sessions")


@pytest.mark.parametrize(
    ("given", "change"),
    [
        ("state.mail", lambda value: Change("state.mail", value)),
        ("pin.rule", lambda value: Pin("rule", value)),
        ("title", lambda value: Change("title", value)),
        ("description", lambda value: Change("description", value)),
    ],
)
def test_a_key_means_every_value_that_it_had(store, index, tmp_path, given, change):
    store.append("chat", [change("a@hunter2"), change("b@hunter2"), Said(Message("user", "hi"))])
    forking.fork(store, "chat", "fork", datetime(2026, 1, 1, tzinfo=UTC))
    redacting.redact(store, index, redacting.find(store, "chat", given))

    assert nowhere("hunter2", store, tmp_path / "sessions")


def test_a_value_that_was_taken_away_does_not_come_back(store, index):
    store.append("chat", [Change("state.x", "a"), Change("state.x", None), Pin("p", "a")])
    store.append("chat", [Pin("p", None)])
    for given in ("state.x", "pin.p"):
        redacting.redact(store, index, redacting.find(store, "chat", given))

    assert (store.read("chat").state, store.read("chat").pins) == ({}, {})


def test_a_title_that_a_session_began_with_goes_from_its_forks_too(secret, index, tmp_path):
    sought = redacting.find(secret, "chat", "title")
    redacting.redact(secret, index, sought)

    assert nowhere("The code is hunt…", secret, tmp_path / "sessions")
    assert nowhere("Of keys", secret, tmp_path / "sessions")
    assert secret.read("fork").about.parent.name == "chat"
    assert secret.read("fork").bad_lines == 0


def test_another_process_that_goes_on_writes_no_redacted_word(tmp_path):
    """It remembers checkpoints; those of before are not what it writes."""
    root = tmp_path / "sessions"
    here = FileStore(root, fsync="none")
    here.append("chat", [Pin("p", "hunter2"), Change("state.x", "hunter2")])
    here.append("chat", [Change("title", "hunter2"), Said(Message("user", "hi"))])
    hot = HotSessions(here)
    assert hot.read("chat").state == {"x": "hunter2"}
    code = (
        "import sys; from ai_sessions.store.files import FileStore\n"
        "from ai_sessions.index import Index; from ai_sessions.sessions import redacting\n"
        "store = FileStore(sys.argv[1]); index = Index(store.source(), sys.argv[1])\n"
        "for key in ('pin.p', 'state.x', 'title'):\n"
        "    redacting.redact(store, index, redacting.find(store, 'chat', key))\n"
    )
    subprocess.run([sys.executable, "-c", code, root], check=True, env={"PYTHONPATH": str(PYLIB)})

    assert "hunter2" not in str(hot.read("chat"))
    for number in range(20):  # past the number of entries after which the checkpoint is written
        here.append("chat", [Said(Message("user", f"more {number}"))])
    assert nowhere("hunter2", here, root)
    assert here.read("chat").totals.messages == 21
