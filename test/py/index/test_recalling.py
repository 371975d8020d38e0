"""The entries of one conversation that fit a question, at the cost of that conversation."""

import sqlite3

import pytest

from ai_sessions.index import NAME, database, recalling, words
from ai_sessions.index.recalling import Span
from ai_sessions.records import About, Message, Said
from ai_sessions.store.files.source import FileSource


def seqs(library, wanted, *spans, limit=40):
    terms = [{one: 1.0} for one in wanted.split()]
    (found,) = recalling.candidates(library.index, [(terms, spans)], limit)
    return [(span.name, entry["seq"]) for span, entry in found]


@pytest.fixture
def chat(library):
    for text in ("the port is 8080", "the port of db-3", "lunch is ready", "the host is db-3"):
        library.say("chat", text)
    library.say("other", "the port is 9090")
    return library


def test_only_the_session_is_looked_into(chat):
    assert seqs(chat, "port", Span("chat")) == [("chat", 2), ("chat", 1)]
    assert seqs(chat, "nothing", Span("chat")) == []


def test_entries_with_more_and_rarer_words_come_first(chat):
    assert seqs(chat, "the port host", Span("chat"))[0] == ("chat", 4)
    assert seqs(chat, "db port", Span("chat"))[0] == ("chat", 2)


def test_only_entries_of_the_span_are_found(chat):
    assert seqs(chat, "port", Span("chat", 1)) == [("chat", 1)]
    assert seqs(chat, "port", Span("chat", after=1)) == [("chat", 2)]
    assert seqs(chat, "port", Span("chat", 0)) == []


def test_spans_of_several_sessions_are_ranked_together_and_groups_apart(chat):
    terms = [{"port": 1.0, "listens on": 0.5}, {"9090": 1.0}]
    groups = [(terms, [Span("chat"), Span("other")]), (terms[1:], [Span("other")]), (terms, [])]
    found = recalling.candidates(chat.index, groups)

    assert [[span.name for span, _entry in group] for group in found] == [
        ["other", "chat", "chat"],
        ["other"],
        [],
    ]


def test_another_word_for_it_is_worth_less(chat):
    terms = [{"lunch": 1.0, "db": 0.5}]
    (found,) = recalling.candidates(chat.index, [(terms, [Span("chat")])])

    assert [entry["seq"] for _span, entry in found] == [3, 4, 2]


def test_at_most_so_many_are_returned_the_best_and_newest(chat):
    assert seqs(chat, "port", Span("chat"), limit=1) == [("chat", 2)]


def test_of_a_word_that_very_many_have_the_newest_are_found(chat, monkeypatch):
    monkeypatch.setattr(recalling, "_MOST_OF_A_WORD", 2)
    for number in range(5):
        chat.say("chat", f"the port again {number}")

    assert [seq for _name, seq in seqs(chat, "port lunch", Span("chat"))] == [3, 9, 8]


def test_what_was_said_since_is_found(chat):
    seqs(chat, "port", Span("chat"))
    chat.say("chat", "another port")

    assert seqs(chat, "another", Span("chat")) == [("chat", 5)]


def test_no_other_log_is_read(chat, monkeypatch):
    names = []
    inner = FileSource.follow
    monkeypatch.setattr(FileSource, "follow", lambda *args: names.append(args[1]) or inner(*args))
    for _ in range(2):
        seqs(chat, "port", Span("chat"))

    assert set(names) == {"chat"}


def test_what_was_redacted_is_not_found(chat):
    seqs(chat, "port", Span("chat"))
    chat.store.redact("chat", 1)

    assert seqs(chat, "port 8080", Span("chat")) == [("chat", 2)]


def test_a_session_that_is_gone_has_nothing(chat):
    seqs(chat, "port", Span("chat"))
    chat.store.discard("chat")

    assert seqs(chat, "port", Span("chat")) == []
    assert seqs(chat, "port", Span("nobody")) == []


def test_another_session_of_the_name_has_its_own_words(chat):
    seqs(chat, "port", Span("chat"))
    chat.store.discard("chat")
    chat.say("chat", "the quay")

    assert seqs(chat, "port", Span("chat")) == []
    assert seqs(chat, "quay", Span("chat")) == [("chat", 1)]


def test_while_somebody_else_writes_what_is_known_is_found(chat):
    seqs(chat, "port", Span("chat"))
    chat.say("chat", "another port")
    other = sqlite3.connect(chat.root / NAME, isolation_level=None)
    other.execute("begin immediate")

    assert seqs(chat, "port", Span("chat")) == [("chat", 2), ("chat", 1)]
    other.close()


def test_a_damaged_index_is_made_anew(chat):
    seqs(chat, "port", Span("chat"))
    (chat.root / NAME).write_bytes(b"no database at all")

    assert seqs(chat, "port", Span("chat")) == [("chat", 2), ("chat", 1)]


def test_no_temporary_index_is_made_for_it(chat):
    chat.index.folder = ""
    with pytest.raises(database.Unusable):
        seqs(chat, "port", Span("chat"))


def test_words_of_one_session_are_not_searched_for_by_its_number(chat):
    from ai_sessions.index.search import search

    seqs(chat, "port", Span("chat"))
    assert search(chat.index, words.owner(1)).hits == ()


def test_what_stands_behind_a_message_comes_with_it(library):
    library.store.ensure("chat", About(kind="chat"))
    said = ("user", "which port?"), ("assistant", "8080"), ("tool", "port ok"), ("user", "bye")
    messages = [Message(role, text) for role, text in said]
    library.store.append("chat", [Said(one) for one in messages])

    assert [seq for _name, seq in seqs(library, "port", Span("chat"))] == [3, 1, 2, 4]
    assert [seq for _name, seq in seqs(library, "port", Span("chat", 1))] == [1]
    assert [seq for _name, seq in seqs(library, "ok", Span("chat"))] == [3]


def test_another_entry_in_a_place_is_passed_over(chat, monkeypatch):
    inner = FileSource.entry_at

    def moved(*args):
        return inner(*args) | {"seq": 77}

    monkeypatch.setattr(FileSource, "entry_at", moved)

    assert seqs(chat, "port", Span("chat")) == []


def test_what_other_sessions_said_in_between_crowds_nothing_out(chat, monkeypatch):
    monkeypatch.setattr(recalling, "_MOST_OF_A_WORD", 1)
    seqs(chat, "port", Span("chat"), Span("other"))
    for number in range(3):
        chat.say("other", f"the port is 909{number}")
    chat.say("chat", "good night")
    seqs(chat, "port", Span("chat"), Span("other"))

    assert seqs(chat, "port", Span("chat")) == [("chat", 2)]
