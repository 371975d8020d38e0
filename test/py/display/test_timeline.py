"""A line for each message, and the marks between: breaks, summaries, pins, errors, forks."""

from dataclasses import replace

import pytest

from ai_sessions.display.timeline import last, mark, moments, said, tool_call
from ai_sessions.memory import failures
from ai_sessions.records import (
    Change,
    Interaction,
    Message,
    Note,
    Pin,
    Said,
    Segment,
    Summary,
    ToolCall,
    Unknown,
)

AT = "2026-11-29T10:00:00.000Z"


def message(role, text, seq, **more):
    return Said(Message(role, text, AT, id=f"{seq}.0", **more), seq=seq)


def call(seq, status="ok", *said):
    messages = tuple(Message(role, text, id=f"{seq}.{n}") for n, (role, text) in enumerate(said))
    return Interaction("i", AT, "claude", "m", messages, status=status, seq=seq)


ASKED, ANSWERED = ("user", "go"), ("assistant", "done")


def told(*entries, forks=None):
    return [(one.id, one.kind, one.text) for one in moments(entries, forks or {})]


def test_who_said_what_in_order():
    assert told(message("user", "hi\nthere", 1), call(2, "ok", ASKED, ANSWERED)) == [
        ("1.0", "user", "hi there"),
        ("2.0", "user", "go"),
        ("2.1", "assistant", "done"),
    ]


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        (call(2, "timeout", ASKED), [("2", "error", "a call failed: timeout")]),
        (
            call(2, "interrupted", ASKED),
            [("2.0", "user", "go"), ("2", "error", "a call failed: interrupted")],
        ),
        (
            call(2, "interrupted", ASKED, ANSWERED),
            [("2.0", "user", "go"), ("2.1", "assistant", "done")],
        ),
        (Segment("clear", seq=3), [("3", "segment", "cleared; a model is told what follows")]),
        (Segment("later", seq=3), [("3", "segment", "later; a model is told what follows")]),
        (
            Summary("a\nb", 9, 2, seq=10),
            [("10", "summary", "of 2 to 9 (extractive): a b")],
        ),
        (Pin("tone", "Be\nkind.", seq=4), [("4", "pin", "tone: Be kind.")]),
        (Pin("tone", None, seq=4), [("4", "pin", "tone: forgotten")]),
        (Change("status", "inactive", seq=5), [("5", "status", "inactive")]),
        (Change("status", "active", seq=5), []),
        (Change("title", "x", seq=5), []),
        (Note("error", {"message": "disk\nfull"}, seq=6), [("6", "error", "disk full")]),
        (Note("link", {"to": "b", "text": "why"}, seq=6), [("6", "link", "with b: why")]),
        (Note("link", {"to": "b", "text": ""}, seq=6), [("6", "link", "with b")]),
        (
            Note("fork", {"from": "a", "seq": 3}, seq=1),
            [("1", "fork", "from a: what is above was said there")],
        ),
        (Note("fork", {"from": "a"}, seq=1), [("1", "fork", "from a: with what was said there")]),
        (Note("fork", {"from": "a", "done": True}, seq=1), []),
        (Note("todo", {"message": "x"}, seq=1), []),
        (Unknown("later", {}, seq=1), []),
    ],
)
def test_marks_say_what_happened_between(entry, shown):
    assert told(entry) == shown


def test_a_fork_is_told_behind_the_message_that_it_left_at():
    forks = {(1, None): ("b", "c"), (2, 0): ("d",), (3, None): ("e",)}
    entries = [message("user", "x", 1), call(2, "ok", ASKED, ANSWERED), Segment("clear", seq=3)]

    assert [(one[1], one[2].split()[0]) for one in told(*entries, forks=forks)] == [
        *(("user", "x"), ("fork", "b"), ("fork", "c")),
        *(("user", "go"), ("fork", "d"), ("assistant", "done")),
        *(("segment", "cleared;"), ("fork", "e")),
    ]


def test_tools_are_told_with_what_they_were_asked_and_what_came_of_it():
    weather = ToolCall("c1", "weather", {"city": "Łódź"})
    asked = Message("assistant", "", tool_calls=(weather, ToolCall("c2", "now")))
    failed = Message("tool", "no network", name="weather", tool_call_id="c1", is_error=True)

    assert said(asked) == 'calls weather {"city": "Łódź"} calls now'
    assert said(failed) == "weather: failed: no network"
    assert said(Message("tool", "5", tool_call_id="c9")) == "c9: 5"
    assert said(Message("user", "see", parts=({"type": "image"}, {}))) == "see [image] [part]"
    assert tool_call(ToolCall("c", "run", "not json")) == "calls run not json"


def test_nothing_in_it_steers_a_terminal():
    assert said(Message("user", "a\x1b[31mb\r\n\x07c")) == "ab c"
    assert mark(Pin("k\x1b[2J", "x\x1b]0;t\x07y", seq=1)).text == "k: xy"


@pytest.mark.parametrize(
    ("count", "kinds"),
    [
        (9, ["pin", "user", "segment", "assistant", "pin"]),
        (2, ["pin", "user", "segment", "assistant", "pin"]),
        (1, ["segment", "assistant", "pin"]),
        (0, ["pin"]),
    ],
)
def test_of_the_last_messages_the_marks_between_and_behind_are_kept(count, kinds):
    entries = [
        *(Pin("a", "x", seq=1), message("user", "1", 2), Segment("clear", seq=3)),
        *(message("assistant", "2", 4), Pin("b", "y", seq=5)),
    ]

    assert [one.kind for one in last(list(moments(entries, {})), count)] == kinds


def test_of_a_call_for_a_summary_only_its_failure_is_a_mark():
    asked = [
        replace(call(seq, status, ASKED, ANSWERED), purpose="summary")
        for seq, status in ((1, "ok"), (2, "timeout"), (3, "interrupted"))
    ]

    assert told(*asked) == [
        ("2", "error", "a call for a summary failed: timeout"),
        ("3", "error", "a call for a summary failed: interrupted"),
    ]


def test_a_summary_that_a_model_was_to_write_says_why_it_did_not():
    made = Summary("they plan", 9, detail=failures.detail("too\nlate", 1, "haiku"), seq=3, at=AT)

    assert mark(made).text == (
        "of 0 to 9 (extractive; no summary by haiku, so rules wrote it: too late): they plan"
    )
