"""The last entries that a process knows are those of the journal, whoever wrote it."""

import itertools

import pytest

from ai_sessions.records import Change, Message, Said, ToolCall
from ai_sessions.store.files import FileStore, journal, tails

NAME = "chat-x"


def say(store, *texts):
    store.append(NAME, [Said(Message("user", text)) for text in texts])


def last(store, count):
    return [entry.message.text for entry in store.entries(NAME, last=count)]


@pytest.fixture
def unread(files, monkeypatch):
    """Entries that were written and read, in a process that must not read the journal again."""
    say(files, *"abcde")
    last(files, 5)
    monkeypatch.setattr(journal, "tail", None)
    return files


def test_they_are_read_once(unread):
    assert [last(unread, count) for count in (5, 2, 1)] == [list("abcde"), ["d", "e"], ["e"]]


def test_what_this_process_appends_is_known_without_reading(unread):
    for text in "fgh":
        say(unread, text)
        assert last(unread, 2)[1] == text
    assert last(unread, 8) == list("abcdefgh")


@pytest.mark.parametrize("count", [0, 1, 7, 64, 65, 200])
def test_any_number_is_what_a_reader_of_the_journal_gets(files, root, count):
    for number in range(100):
        say(files, str(number))
        if number % 9 == 0:
            last(files, number + 3)
    assert list(files.entries(NAME, last=count)) == list(FileStore(root).entries(NAME, last=count))
    assert len(last(files, count)) == min(count, 100)


def test_what_others_write_is_seen_at_once(files, root):
    other = FileStore(root)
    for number in range(30):
        say(files, f"mine {number}")
        last(files, 3)
        say(other, f"theirs {number}")
        assert last(files, 2) == [f"mine {number}", f"theirs {number}"]
        say(files, "again")
        assert last(files, 2) == [f"theirs {number}", "again"]
        say(other, "unread")
        say(files, "more")
        assert last(files, 3) == ["again", "unread", "more"]


def test_what_is_redacted_is_gone(files, root):
    say(files, "a secret", "b")
    last(files, 2)
    FileStore(root).redact(NAME, 1)

    assert "secret" not in str(list(files.plain_entries(NAME, last=9)))


def test_a_torn_line_is_never_added_to(files, root):
    say(files, "a")
    last(files, 1)
    path = root / NAME / "journal.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    last(files, 1)
    say(files, "b")

    assert last(files, 2) == ["a", "b"]


def test_a_repeat_is_not_added(files):
    said = Said(Message("user", "b"), "an-id")
    files.append(NAME, [Said(Message("user", "a")), said])
    last(files, 2)
    files.append(NAME, [said])

    assert last(files, 2) == ["a", "b"]


def test_changing_what_was_returned_changes_nothing(files):
    call = ToolCall("c", "look", {"in": ["x"]})
    said = Message("assistant", "t", tool_calls=(call,), metadata={"k": [1]})
    given = [Change("state.x", {"y": [1]}), {"type": "novel", "id": "n", "z": 1}, Said(said)]
    files.append(NAME, given)
    say(files, "plain")
    for _ in range(3):
        change, novel, found, _plain = files.entries(NAME, last=4)
        assert (change.value, novel.plain["z"]) == ({"y": [1]}, 1)
        assert (found.message.metadata, found.message.tool_calls) == ({"k": [1]}, (call,))
        change.value["y"].append(2)
        novel.plain.clear()
        found.message.metadata["k"].append(2)
        found.message.tool_calls[0].arguments["in"].append("z")
        for entry in files.plain_entries(NAME, last=4):
            entry.clear()


def test_they_take_little_room(root):
    kept, store = tails.Tails(most=2), FileStore(root, fsync="none")
    for name, text in itertools.product(("a", "b", "c"), ("x", "y" * 40_000)):
        store.append(name, [Said(Message("user", text))])
    for name in ("a", "b", "c"):
        kept.last(name, f"{root}/{name}/journal.jsonl", 1)
    assert list(kept._tails) == ["b", "c"]

    store.append("c", [Said(Message("user", "y" * 40_000))])
    kept.last("c", f"{root}/c/journal.jsonl", 3)
    assert list(kept._tails) == ["b"]
