"""Search finds what was said, only what is still there, with or without an index."""

import os
import shutil
import sqlite3
from datetime import UTC, datetime

import pytest

from ai_sessions.conversations import forking, lineage
from ai_sessions.errors import UsageError
from ai_sessions.index import NAME, Index
from ai_sessions.index.search import search
from ai_sessions.records import (
    About,
    Change,
    Interaction,
    Message,
    Note,
    Pin,
    Said,
    Segment,
    Summary,
    ToolCall,
)
from ai_sessions.store.files import FileStore
from ai_sessions.store.files.source import FileSource
from ai_sessions.store.memory import MemoryStore


def found(library, words, **options):
    return [hit.session for hit in search(library.index, words, **options).hits]


def test_a_word_of_a_prompt_or_an_answer_is_found(talks):
    assert found(talks, "login") == ["plan-auth"]
    assert found(talks, "idempotency") == ["plan-cards"]


def test_all_words_must_occur_and_forms_of_a_word_count(talks):
    assert found(talks, "rotating token") == ["plan-auth"]
    assert found(talks, "design rotate") == ["plan-auth"]


def test_a_hit_shows_where_and_what(talks):
    hit = search(talks.index, "idempotency").hits[0]

    assert (hit.session, hit.role) == ("plan-cards", "assistant")
    assert "idempotency key" in hit.excerpt


def test_only_the_named_sessions_are_searched(talks):
    assert found(talks, "design", within=["plan-cards"]) == ["plan-cards"]


def test_what_is_appended_later_is_found(talks):
    found(talks, "login")
    talks.say("plan-auth", "and the logout")

    assert found(talks, "logout") == ["plan-auth"]


def test_what_was_removed_is_not_found_any_more(talks):
    found(talks, "login")
    shutil.rmtree(talks.root / "plan-auth")

    assert found(talks, "login") == []
    assert found(talks, "idempotency") == ["plan-cards"]


def test_what_was_replaced_is_not_found_any_more(talks):
    found(talks, "login")
    shutil.rmtree(talks.root / "plan-auth")
    talks.say("plan-auth", "something else")

    assert found(talks, "login") == []
    assert found(talks, "else") == ["plan-auth"]


def test_a_longer_journal_in_the_very_same_file_is_read_anew(talks):
    found(talks, "login")
    talks.say("plan-new", "something else " * 9, "entirely")
    talks.say("plan-new", "and more", "of it")
    path = talks.root / "plan-auth/journal.jsonl"
    path.write_bytes((talks.root / "plan-new/journal.jsonl").read_bytes())

    assert found(talks, "login") == []
    assert found(talks, "entirely", within=["plan-auth"]) == ["plan-auth"]


def test_a_session_of_the_first_layout_is_searched_too(talks):
    (talks.root / "plan-old").mkdir()
    old = '{"interactions": [{"prompt": "Design the archive", "cost": 0.1}]}'
    (talks.root / "plan-old/metadata.json").write_text(old)

    assert found(talks, "archive") == ["plan-old"]
    assert found(talks, "design")[-1] == "plan-old"
    assert len(found(talks, "design", limit=2)) == 2


@pytest.mark.parametrize("indexed", [True, False])
def test_one_that_cannot_be_read_hides_no_other(talks, indexed):
    os.mkfifo(talks.root / "plan-auth/pipe")
    os.replace(talks.root / "plan-auth/pipe", talks.root / "plan-auth/journal.jsonl")
    if not indexed:
        (talks.root / NAME).mkdir()

    assert found(talks, "idempotency") == ["plan-cards"]


def test_without_a_usable_index_the_journals_are_read(talks):
    (talks.root / NAME).mkdir()

    assert found(talks, "idempotency") == ["plan-cards"]


@pytest.mark.parametrize("words", ["", '"', "-- '"])
def test_nothing_to_look_for_is_a_usage_error(talks, words):
    with pytest.raises(UsageError, match="nothing to look for"):
        search(talks.index, words)


@pytest.mark.parametrize("words", ['card" OR "login', "NEAR(", "text:card*", "a AND"])
def test_the_query_language_of_the_index_is_only_words(talks, words):
    assert isinstance(search(talks.index, words).hits, tuple)


@pytest.mark.parametrize("words", ["login-\udcff", "\udcfelogin"])
def test_bytes_that_are_no_text_part_words(talks, words):
    assert found(talks, words) == ["plan-auth"]


def test_a_whole_page_may_be_looked_for(talks):
    """SQLite has a limit for the parts of a query, and the index was deleted when it was met."""
    found(talks, "login")
    kept = (talks.root / NAME).stat().st_ino
    page = " ".join(f"word{number}" for number in range(2000))

    assert found(talks, f"{page} login") == ["plan-auth"]
    assert found(talks, page) == []
    assert (talks.root / NAME).stat().st_ino == kept


def test_the_limit_holds(talks):
    for number in range(5):
        talks.say(f"chat-{number}", "design again")

    assert len(found(talks, "design", limit=3)) == 3


def test_without_an_exact_match_those_with_most_of_the_words_come_first(talks):
    talks.say("chat", "the login of cards")
    told = search(talks.index, "login cards nowhere")

    assert [hit.session for hit in told.hits] == ["chat", "plan-auth", "plan-cards"]
    assert not told.exact
    assert search(talks.index, "design card").exact


def test_the_latest_come_first(library):
    for day in (2, 3, 1):
        library.say(f"plan-{day}", "design", at=f"2026-01-0{day}T00:00:00.000Z")

    assert found(library, "design") == ["plan-3", "plan-2", "plan-1"]


def told(index, words):
    answer = search(index, words)
    hits = [(hit.session, hit.seq, hit.at, hit.role, hit.excerpt) for hit in answer.hits]
    return hits, answer.exact, answer.unreadable


@pytest.mark.parametrize("words", ["uuuu", "design", "tokens rotating", "login idempotency"])
def test_the_answer_is_the_same_without_an_index(talks, words):
    for number in range(30):
        talks.say(f"chat-{number % 7}", "uuuuuuuu designs", at=f"2026-02-{number // 2 + 1:02}")
    shutil.rmtree(talks.root / "chat-3")
    without = told(Index(talks.store.source()), words)

    assert told(talks.index, words) == without
    assert told(Index(talks.store.source(), "/nowhere"), words) == without


def test_a_locked_index_is_passed_over(talks):
    found(talks, "login")
    with sqlite3.connect(talks.root / NAME, isolation_level=None) as other:
        other.execute("begin exclusive")
        talks.say("plan-new", "another login")

        assert found(talks, "another") == ["plan-new"]


def test_two_at_once_find_nothing_twice(talks, monkeypatch):
    """The second one comes between the first one's look at what is known and its write."""
    inner = FileSource.changes

    def changes(source, since=""):
        told = inner(source, since)
        monkeypatch.setattr(FileSource, "changes", inner)
        search(talks.index, "login")
        return told

    monkeypatch.setattr(FileSource, "changes", changes)

    assert found(talks, "login") == ["plan-auth"]
    assert found(talks, "login") == ["plan-auth"]


def test_a_store_in_memory_is_searched_too():
    store = MemoryStore()
    store.ensure("chat", About("chat", "", ""))
    store.append("chat", [Said(Message("user", "a needle"))])
    index = Index(store.source())

    assert [hit.excerpt for hit in search(index, "needle").hits] == ["a needle"]
    store.append("chat", [Said(Message("user", "another needle"))])
    assert len(search(index, "needle").hits) == 2


def test_half_a_letter_hides_nothing(library):
    library.say("plan-half", "caf\ud800 login")

    assert found(library, "login") == ["plan-half"]


@pytest.fixture(params=["files", "memory"])
def store(request, tmp_path):
    return MemoryStore() if request.param == "memory" else FileStore(tmp_path / "s", fsync="none")


def hits(store, words, **options):
    folder = str(store.root) if isinstance(store, FileStore) else ""
    found = search(Index(store.source(), folder, 0), words, **options)
    return [(hit.session, hit.seq, hit.role) for hit in found.hits]


CALL = ToolCall("c1", "fetch_page", {"url": "https://a.example/needle", "body": ["line\npin9", 7]})


@pytest.mark.parametrize(
    ("entry", "words", "role"),
    [
        (Said(Message("system", "a needle")), "needle", "system"),
        (Said(Message("assistant", "", tool_calls=(CALL,))), "fetch needle", "assistant"),
        (Said(Message("assistant", "", tool_calls=(CALL,))), "pin9 body", "assistant"),
        (Said(Message("tool", "the needle", tool_call_id="c1")), "needle", "tool"),
        (
            Interaction("i", "", "echo", "m", (Message("assistant", "", tool_calls=(CALL,)),)),
            "needle",
            "assistant",
        ),
        (Pin("rule", "never a needle"), "rule needle", "pin"),
        (Pin("rule", "x", reason="needles"), "needle", "pin"),
        (Summary("about a needle", 1), "needle", "summary"),
        (Change("title", "Needles"), "needle", "title"),
        (Change("description", "of needles"), "needle", "description"),
        (Change("state.hay", {"stack": ["needle", None, 3]}), "hay stack needle 3", "state"),
    ],
    ids=str,
)
def test_every_part_of_a_conversation_is_found(store, entry, words, role):
    store.append("chat", [Said(Message("user", "hello")), entry])

    assert hits(store, words) == [("chat", 2, role)]


def test_the_title_that_a_session_begins_with_is_found(store):
    store.ensure("chat", About(kind="chat", title="Needles"))

    assert hits(store, "needle") == [("chat", 0, "title")]


@pytest.mark.parametrize(
    "entry",
    [
        Pin("rule", None),
        Change("state.rule", None),
        Change("tags", ["rule"]),
        Change("resume.rule", None),
        Note("rule", {"rule": "rule"}),
        Segment("clear", {"rule": 1}),
    ],
    ids=str,
)
def test_what_took_words_away_or_has_none_is_not_found(store, entry):
    store.append("chat", [Said(Message("user", "hello")), entry])

    assert [one for one in hits(store, "rule") if one[2] != "pin"] == []


def test_what_a_fork_shares_is_found_once_in_its_parent(store):
    store.ensure("chat", About(kind="chat", title="needle"))
    store.append("chat", [Said(Message("user", "one needle")), Pin("p", "a needle")])
    store.append("chat", [Change("state.x", "needle"), Said(Message("user", "needle after"))])
    forking.fork(store, "chat", "fork", datetime(2026, 1, 1, tzinfo=UTC), "1.0")
    forking.fork(store, "chat", "late", datetime(2026, 1, 1, tzinfo=UTC))
    store.append("fork", [Said(Message("user", "my needle"))])

    assert sorted(hits(store, "needle")) == [
        ("chat", 0, "title"),
        ("chat", 1, "user"),
        ("chat", 2, "pin"),
        ("chat", 3, "state"),
        ("chat", 4, "user"),
        ("fork", 2, "user"),
    ]


def test_in_a_fork_alone_is_also_what_it_shares_and_no_more(store):
    store.append("chat", [Said(Message("user", "one needle")), Said(Message("user", "needle 2"))])
    forking.fork(store, "chat", "fork", datetime(2026, 1, 1, tzinfo=UTC), "1.0")
    store.append("fork", [Said(Message("user", "my needle"))])
    forking.fork(store, "fork", "deep", datetime(2026, 1, 1, tzinfo=UTC))

    def within(*names):
        until = lineage.shared(store, names)
        return sorted(hits(store, "needle", within=names, until=until))

    assert within("deep") == within("fork") == [("chat", 1, "user"), ("fork", 2, "user")]
    assert within("fork", "chat") == [("chat", 1, "user"), ("chat", 2, "user"), ("fork", 2, "user")]


def test_an_index_of_an_earlier_format_is_made_again(talks):
    found(talks, "login")
    talks.store.append("plan-auth", [Pin("p", "never twice")])
    path = talks.root / NAME
    with sqlite3.connect(path) as connection:  # as the version before conversations left it
        connection.execute("delete from said")
        connection.execute("pragma user_version = 14000000")

    assert found(talks, "twice") == ["plan-auth"]


def test_a_hit_in_a_call_for_a_summary_is_told_as_one(library):
    said = (Message("user", "Sum up zebras"), Message("assistant", "they talk of zebras"))
    library.store.ensure("plan-zoo", About())
    call = Interaction("s", "", "claude", "haiku", said, purpose="summary")
    library.store.append("plan-zoo", [call, Said(Message("user", "okapi"))])

    assert [hit.role for hit in search(library.index, "zebras").hits] == ["summary"]
    assert [hit.role for hit in search(library.index, "okapi").hits] == ["user"]
