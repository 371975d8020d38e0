"""Pages and documents of sessions, read back."""

import contextlib
import io
import json
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sessions.controls import plain
from ai_sessions.conversations import lineage
from ai_sessions.display import documents, spoken, transcripts
from ai_sessions.errors import ConfigError
from ai_sessions.records import (
    About,
    Change,
    Cost,
    Interaction,
    Message,
    Note,
    Said,
    ToolCall,
    stamp,
)
from ai_sessions.sessions import importing, reading
from ai_sessions.store.memory import MemoryStore

AT = "2026-11-28T10:00:00.000Z"
FORMS = {"md": transcripts.markdown, "json": documents.document}

#: What a log holds: JSON, and text that UTF-8 can write.
words = st.text(st.characters(exclude_categories=["Cs"]))
keys = words.filter(bool)
values = st.recursive(st.none() | st.booleans() | st.integers() | words, st.lists, max_leaves=4)
messages = st.builds(
    Message,
    st.sampled_from(["user", "assistant", "system", "tool"]),
    words,
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)).map(stamp),
    name=words,
    tool_calls=st.lists(st.builds(ToolCall, words, words, values), max_size=2).map(tuple),
    tool_call_id=words,
    is_error=st.booleans(),
    parts=st.lists(st.dictionaries(keys, values, max_size=2), max_size=2).map(tuple),
    tokens=st.none() | st.integers(0, 10),
    tokens_source=st.sampled_from(["", "estimate"]),
    metadata=st.dictionaries(keys, values, max_size=2),
)


def store_of(*entries, **about):
    store = MemoryStore()
    store.ensure("chat-a", About(uid="u", **about))
    store.append("chat-a", entries)
    return store


def written(store, form):
    session = store.read("chat-a")
    return "".join(FORMS[form](session, lineage.entries(store, session)))


def brought_in(text, store):
    [one] = [
        importing.bring_in(found, lambda _at: store)
        for found in reading.sessions(io.StringIO(text), io.BytesIO)
    ]
    return one


def told(store):
    return [
        (one.role, one.text, one.at, spoken.more(one))
        for entry in store.entries("chat-a")
        for one in spoken.said(entry)
    ]


@settings(max_examples=40)
@given(st.lists(messages, max_size=3))
def test_a_document_comes_back_exact_to_the_message(said):
    store, new = store_of(*map(Said, said)), MemoryStore()
    brought_in(written(store, "json"), new)

    assert told(new) == told(store)


@settings(max_examples=40)
@given(st.lists(messages, max_size=3))
def test_a_page_comes_back_exact_but_for_control_characters(said):
    store, new = store_of(*map(Said, said)), MemoryStore()
    brought_in(written(store, "md"), new)

    assert told(new) == [(role, plain(text), *more) for role, text, *more in told(store)]


@pytest.mark.parametrize("form", FORMS)
def test_facts_of_the_session_come_back(form):
    changes = Change("tags", ["a", "b"]), Change("description", "to pay")
    store, new = store_of(*changes, title="Pay [x](y)", feature="pay"), MemoryStore()
    brought_in(written(store, form), new)
    session = new.read("chat-a")

    assert (session.uid, session.about.title, session.about.feature) == ("u", "Pay [x](y)", "pay")
    assert (session.tags, session.description) == (("a", "b"), "to pay")


@pytest.mark.parametrize("forms", [("md", "json"), ("json", "md")])
def test_what_a_program_notes_of_its_session_comes_back_once(forms):
    said = Said(Message("user", "Hi", AT)), Said(Message("user", "Ho", AT))
    store, new = store_of(Note("metadata", {"<b>": ["[a](b)", 1]}), *said), MemoryStore()
    for form in forms:
        brought_in(written(store, form), new)

    notes = [one for one in new.entries("chat-a") if isinstance(one, Note)]
    assert len([one for one in notes if one.topic == "metadata"]) == 1
    assert spoken.with_metadata(new.entries("chat-a"))[0] == {"<b>": ["[a](b)", 1]}


def a_call(text="Add."):
    said = (Message("user", text, AT), Message("assistant", "Done.", AT))
    return Interaction("i", AT, "claude", "opus", said, cost=Cost(1_000_000))


@pytest.mark.parametrize("forms", [("md", "json", "md"), ("json", "md", "json")])
def test_page_and_document_of_a_session_are_one_session(forms):
    store, new = store_of(a_call()), MemoryStore()
    added = [brought_in(written(store, form), new).added for form in forms]

    assert added == [3, 0, 0]  # two messages, and a note of what it cost
    assert new.read("chat-a").totals.cost_nusd == 0


@pytest.mark.parametrize("form", FORMS)
def test_what_was_said_since_is_added(form):
    store, new = store_of(a_call()), MemoryStore()
    brought_in(written(store, form), new)
    store.append("chat-a", [Said(Message("user", "More.", AT))])

    assert brought_in(written(store, form), new).added == 1


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_added_to_the_session_itself(form):
    store = store_of(a_call())

    assert brought_in(written(store, form), store).added == 0
    assert store.read("chat-a").totals.messages == 2


def test_what_was_said_forges_no_message():
    page = written(store_of(a_call()), "md")
    store, new = store_of(a_call(page)), MemoryStore()
    brought_in(written(store, "md"), new)

    assert [text for _role, text, *_more in told(new)] == [page, "Done."]


@pytest.mark.parametrize(
    ("form", "was", "now"),
    [
        ("md", f"*{AT}*", "*yesterday*"),
        ("json", AT, "yesterday"),
        ("json", '"content": "Add."', '"content": 1'),
        ("json", '"name": "chat-a"', '"name": 1'),
    ],
)
def test_a_damaged_one_is_refused_in_one_line(form, was, now):
    page = written(store_of(a_call()), form).replace(was, now)

    with pytest.raises(ConfigError, match="a recorded session that cannot be read"):
        brought_in(page, MemoryStore())


@pytest.mark.parametrize("form", FORMS)
def test_a_cut_file_is_read_or_refused_but_never_breaks(form):
    text = written(store_of(a_call()), form)

    for end in range(0, len(text), 7):
        with contextlib.suppress(ConfigError):
            list(reading.sessions(io.StringIO(text[:end]), io.BytesIO))


def test_what_follows_the_last_message_is_no_part_of_it():
    new = MemoryStore()
    brought_in(written(store_of(a_call()), "md") + "<!-- > x -->\n", new)

    assert told(new)[-1][1] == "Done."


def test_roles_of_nobody_are_those_of_users():
    found = json.loads(written(store_of(a_call()), "json"))
    found["messages"][0]["role"] = "boss"
    new = MemoryStore()
    brought_in(json.dumps(found), new)

    assert told(new)[0][0] == "user"
