"""What an index reads of a store, tried on each of them."""

import pytest

from ai_sessions.records import About, Message, Said

NAME = "plan-x"


def say(store, text, name=NAME):
    store.append(name, [Said(Message("user", text))])


def read(increment):
    return [entry["text"] for _place, entry in increment if entry["type"] == "message"]


def test_the_first_look_tells_of_everything_and_the_next_of_nothing(store):
    say(store, "hi")
    store.ensure("chat", About())
    cursor, names, _gone = store.source().changes()

    assert names == ["chat", NAME]
    assert store.source().changes(cursor) == (cursor, [], [])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda store: say(store, "more"), ([NAME], [])),
        (lambda store: store.rename(NAME, "plan-y"), (["plan-y"], [NAME])),
        (lambda store: store.discard(NAME), ([], [NAME])),
        (lambda store: store.ensure("new", About()), (["new"], [])),
    ],
)
def test_a_look_tells_what_changed_since(store, change, expected):
    say(store, "hi")
    store.ensure("chat", About())
    cursor, *_names = store.source().changes()
    change(store)
    again, *told = store.source().changes(cursor)

    assert tuple(told) == expected
    assert store.source().changes(again) == (again, [], [])


def test_changes_anywhere_among_many_are_told_and_no_others(store):
    names = [f"chat-{number}" for number in range(9)]
    for name in names:
        store.ensure(name, About())
    cursor, *_names = store.source().changes()
    for number in (0, 4, 8):
        say(store, "more", f"chat-{number}")
    store.discard("chat-2")
    store.discard("chat-7")
    store.ensure("chat-45", About())
    again, changed, gone = store.source().changes(cursor)

    assert (changed, gone) == (["chat-0", "chat-4", "chat-45", "chat-8"], ["chat-2", "chat-7"])
    assert store.source().changes(again) == (again, [], [])
    store.discard("chat-8")
    assert store.source().changes(again)[1:] == ([], ["chat-8"])


def test_a_cursor_that_is_none_tells_everything(store):
    say(store, "hi")

    assert NAME in store.source().changes("nonsense")[1]


def test_rows_are_the_checkpoints(store):
    say(store, "hi")

    assert [row["name"] for row in store.source().rows()] == [NAME]
    assert store.source().row(NAME)["totals"]["messages"] == 1
    assert store.source().row("nobody") is None


def test_only_what_is_new_is_told_again(store):
    say(store, "one")
    first = store.source().follow(NAME)
    assert (first.whole, read(first)) == (True, ["one"])

    say(store, "two")
    second = store.source().follow(NAME, first.bookmark)
    assert (second.whole, read(second)) == (False, ["two"])
    third = store.source().follow(NAME, second.bookmark)
    assert (third.whole, read(third), third.bookmark) == (False, [], second.bookmark)


def test_a_session_that_is_another_one_now_is_told_whole(store):
    say(store, "one")
    first = store.source().follow(NAME)
    read(first)
    store.discard(NAME)
    say(store, "other")
    again = store.source().follow(NAME, first.bookmark)

    assert (again.whole, read(again)) == (True, ["other"])


def test_a_session_that_is_gone_has_nothing(store):
    gone = store.source().follow("nobody", "1:2:3")

    assert (gone.whole, list(gone)) == (True, [])


def test_an_entry_is_found_again_at_its_place(store):
    for text in ("one", "two", "three"):
        say(store, text)
    places = [place for place, entry in store.source().follow(NAME) if entry["type"] == "message"]

    assert [store.source().entry_at(NAME, place)["text"] for place in places] == [
        "one",
        "two",
        "three",
    ]
    assert store.source().entry_at("nobody", places[0]) is None
    assert store.source().entry_at(NAME, 10**9) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda store: say(store, "more"),
        lambda store: store.redact(NAME, 1),
        lambda store: (store.discard(NAME), say(store, "hi")),
    ],
    ids=["append", "redact", "another"],
)
def test_every_change_makes_another_state(store, change):
    say(store, "hi")
    source = store.source()
    before = source.state(NAME)
    say(store, "hi", "chat")
    assert before
    assert source.state(NAME) == before

    change(store)
    assert source.state(NAME) not in ("", before)


@pytest.mark.parametrize("name", ["nobody", "", "..", "../x", "/etc"])
def test_what_is_no_session_has_no_state(store, name):
    say(store, "hi")
    assert store.source().state(name) == ""


def test_a_session_of_the_first_layout_has_a_state(files, root):
    (root / NAME).mkdir(parents=True)
    (root / NAME / "metadata.json").write_text('{"interactions": []}')
    before = files.source().state(NAME)
    say(files, "hi")

    assert before
    assert files.source().state(NAME) != before
