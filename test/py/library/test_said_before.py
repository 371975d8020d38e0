import pytest

from ai_sessions.library.said_before import new, unsaid
from ai_sessions.records import Message, ToolCall


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


def test_in_a_session_that_is_not_there_all_is_new(core):
    assert new(core, "none", said("u1")) == tuple(said("u1"))


def test_a_call_that_waits_for_its_result_is_no_reason_to_tell_it_again(core, tracked):
    from ai_sessions.records import Interaction

    tracked("chat").add(Interaction("1", "", "p", "m", tuple(said("u1 c1"))))

    assert new(core, "chat", said("u1 c1 t1")) == tuple(said("t1"))
