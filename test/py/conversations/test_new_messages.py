"""What of the messages of a call a session has already."""

import pytest

from ai_sessions.conversations.new_messages import new, system_keys, unsaid
from ai_sessions.records import About, Interaction, Message, Said, ToolCall


def said(talk):
    """`s1 u1 a1`: a system message, one of a user, an answer; `c1`, `t1`: a call and its result."""
    roles = {"s": "system", "u": "user", "a": "assistant", "c": "assistant", "t": "tool"}
    return [
        Message(
            roles[word[0]],
            "" if word[0] == "c" else word,
            tool_calls=(ToolCall(word[1:], "add"),) if word[0] == "c" else (),
            tool_call_id=word[1:] if word[0] == "t" else "",
        )
        for word in talk.split()
    ]


@pytest.mark.parametrize(
    ("known", "sent", "unknown"),
    [
        ("", "s1 u1", "s1 u1"),
        ("s1 u1 a1", "s1 u1 a1 u2", "u2"),
        ("u1 a1", "s1 u1 a1 u2", "s1 u2"),  # a prompt that came later
        ("s1 u1 a1", "s2 u1 a1 u2", "s2 u2"),  # another one
        ("u1 c1", "u1 c1 t1", "t1"),
        ("u1 a1 u2 a2", "u2 a2 u3", "u3"),  # the program left out the beginning
        ("u1 a1 u2 a2", "u1 a1 u2b", "u2b"),  # it went back
        ("u1 a1 u2 a2", "u1 a1x u2 a2 u3", "a1x u3"),  # it changed something
        ("u1 a1", "u1", "u1"),  # it asks once more
        ("u1 a1", "u9", "u9"),
        ("u1 a1", "u8 a9 u9", "u8 a9 u9"),  # examples of another talk
        ("u1 a1 u1 a1", "u1 a1 u1 a1 u1", "u1"),
    ],
)
def test_only_what_is_new_is_said_again(known, sent, unknown):
    assert list(unsaid(said(known), said(sent))) == said(unknown)


def test_spaces_round_a_text_make_no_other_message():
    assert unsaid([Message("user", "hi ")], [Message("user", " hi")]) == ()


def found(store, sent, *had):
    """What a session lacks of what was sent."""
    return new(store, store.read("chat"), said(sent), system_keys(said(" ".join(had))))


@pytest.fixture
def chat(store):
    """Adds to a session."""
    store.ensure("chat", About())
    return lambda *entries: store.append("chat", entries)


def test_in_a_session_without_messages_all_is_new(store, chat):
    assert found(store, "s1 u1") == tuple(said("s1 u1"))


def test_a_call_that_waits_for_its_result_is_no_reason_to_tell_it_again(store, chat):
    chat(Interaction("1", "", "p", "m", tuple(said("u1 c1"))))

    assert found(store, "u1 c1 t1") == tuple(said("t1"))


LONG = " ".join(f"u{number} a{number}" for number in range(40))
NEWEST = " ".join(LONG.split()[-8:])


@pytest.fixture
def long(chat):
    """A long session, which begins with a prompt and was told another one later."""
    chat(*map(Said, said(f"s1 u s3 {LONG}")))


@pytest.mark.parametrize(
    ("sent", "unknown"),
    [
        (f"s1 {LONG} u99", "u99"),
        (f"s1 {NEWEST} u99", "u99"),  # without the beginning
        (f"s2 {LONG} u99", "s2 u99"),
        (f"{LONG}", ""),
        ("s1 u39 a39 u99", "u99"),  # less than is looked for
        ("s1 u30 a30 u99", "u99"),  # it went back
        ("s1 u98 a98 u99", "u98 a98 u99"),  # another talk
    ],
)
def test_in_a_long_session_it_is_the_same(long, store, sent, unknown):
    assert list(found(store, sent)) == said(unknown)


@pytest.mark.parametrize(("prompt", "had"), [("s1", ()), ("s3", ("s3",))])
def test_a_program_that_goes_on_costs_the_newest_messages(long, store, monkeypatch, prompt, had):
    read = []
    entries = store.entries

    def counted(name, after=-1, last=None):
        for entry in entries(name, after, last):
            read.append(entry)
            yield entry

    monkeypatch.setattr(store, "entries", counted)

    assert found(store, f"{prompt} {LONG} u99", *had) == tuple(said("u99"))
    assert len(read) < 20


def test_a_prompt_that_nobody_knows_to_be_there_is_looked_for(store, long):
    assert found(store, f"s3 {LONG} u99") == tuple(said("u99"))


def test_a_prompt_that_came_long_ago_is_not_said_again_with_a_part_of_the_talk(store, long):
    assert found(store, "s1 u98") == tuple(said("u98"))
