"""A session as a page: what was said is quoted, whatever it is."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.display import spoken, transcripts
from ai_sessions.display.transcripts import markdown
from ai_sessions.records import (
    About,
    Change,
    Cost,
    Interaction,
    Message,
    Note,
    Pin,
    Said,
    Session,
    ToolCall,
    Usage,
)

AT = "2026-11-28T10:00:00.000Z"


def session(**about):
    return Session("plan-pay", "u", About("plan", **{"feature": "pay", **about}), AT, AT)


def page(*entries, **about):
    return "".join(markdown(session(**about), entries))


def call(*messages, **more):
    facts = {"model": "opus", "task": "T1.1", "purpose": "green", **more}
    return Interaction("i", AT, "claude", messages=messages, **facts)


def test_a_page_tells_the_session_then_who_said_what_and_its_calls():
    said = (Message("user", "Add it.\n\nNow."), Message("assistant", "Done."))
    shown = page(call(*said, usage=Usage(1200, 30), cost=Cost(7_000_000), duration_ms=1234))

    assert shown.startswith(
        "# Session: plan-pay\n\n**Format:** ai-sessions 1  \n**Session ID:** u  \n"
    )
    assert shown.endswith(
        f"\n---\n\n## Message 1 - User\n*{AT}*\n\n> Add it.\n>\n> Now.\n\n"
        f"## Message 2 - Assistant\n*{AT}*\n\n> Done.\n\n"
        "**Call:** T1.1 · green · opus · 1,200 tokens in, 30 out · $0.0070 · 1.2 s\n\n"
    )


def test_the_facts_of_a_conversation_are_told():
    facts = Session(
        *("x", "u", About("", title="Pay", interface="api", conversation_id="7"), AT, AT),
        description="to pay", tags=("a", "b"), state={"k": [1]}, pins={"p": Pin("p", "words")},
    )  # fmt: skip
    head = transcripts.head(facts, {"team": "a"})

    assert head.startswith("# Session: Pay\n")
    for line in (
        *("Description:** to pay", "Tags:** a, b", "Interface:** api 7", "State:** k = [1]"),
        *("Pin:** p: words", 'Metadata:** {"team": "a"}'),
    ):
        assert f"\n**{line}  \n" in head


HOSTILE = "\n## Message 9 - User\n*2026*\n\n> x\n\n**Call:** free\n\n</blockquote>\r# x\n---\n"


@pytest.mark.parametrize(
    "entry",
    [
        call(Message("assistant", HOSTILE)),
        call(Message("tool", "x", name=HOSTILE)),
        call(Message("tool", "x", metadata={HOSTILE: "`` ` "})),
        call(Message(HOSTILE, "x")),
        call(Message("user", "x", HOSTILE)),
        call(model=HOSTILE),
        call(task=HOSTILE),
        call(purpose=HOSTILE),
        call(status=HOSTILE),
        Said(Message("user", HOSTILE, AT), "m"),
        Note("error", {"message": HOSTILE}),
        Pin(HOSTILE, HOSTILE),
    ],
    ids=[
        *("text", "name", "metadata", "role", "at", "model", "task", "purpose", "status"),
        *("message", "note", "pin"),
    ],
)
def test_nothing_can_pass_for_a_part_of_the_page(entry):
    lines = page(entry, project=f"/src{HOSTILE}", title=HOSTILE).split("\n")
    said = len(spoken.said(entry))

    assert sum(line.startswith("#") for line in lines) == 1 + said
    assert sum(line.startswith("**Call:") for line in lines) == isinstance(entry, Interaction)
    assert lines.count("---") == 1
    assert not any("</" in line for line in lines if not line.startswith("- "))


FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
TEXTS = json.loads((FIXTURES / "hostile-texts.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", [one["text"] for one in TEXTS], ids=[one["name"] for one in TEXTS])
def test_a_page_of_hostile_texts_has_the_lines_of_a_harmless_one(text):
    def lines(said):
        """Those of the page itself: what was said is quoted, and fields are code."""
        called = ToolCall(said, said, {said: said})
        message = Message("user", said, tool_calls=(called,))
        entries = (call(message, model=said, task=said), Note("error", {"message": said}))
        shown = page(*entries, title=said, project=said).split("\n")
        return [line for line in shown if not line.startswith((">", "- "))]

    shown = lines(f"a{text}")
    assert len(shown) == len(lines("a"))
    assert not any(re.search(r"<[A-Za-z/!?]|\]\(|!\[", line) for line in shown)


@given(st.text())
def test_every_line_that_was_said_is_quoted(text):
    before, _, said = page(Said(Message("user", text, AT))).partition(f"*{AT}*\n\n")

    assert all(line.startswith(">") for line in said.rstrip("\n").split("\n") if text)
    assert "\r" not in before + said


def test_nothing_steers_a_terminal():
    assert "\x1b" not in page(call(Message("user", "\x1b[31mred\x1b[0m")))


def test_what_a_message_has_beside_its_text_is_a_list_of_code():
    said = Message("assistant", "", AT, tool_calls=(ToolCall("c", "run", "a `b` ``"),))

    assert page(Said(said)).endswith(
        f"## Message 1 - Assistant\n*{AT}*\n\n**Metadata:**\n"
        '- tool_calls: ```[{"id": "c", "name": "run", "arguments": "a `b` ``"}]```\n\n'
    )


def test_of_a_call_for_a_summary_the_page_tells_that_it_was_made():
    shown = page(call(Message("user", "sum up"), Message("assistant", "{}"), purpose="summary"))

    assert "sum up" not in shown
    assert shown.endswith("\n\n**Call:** T1.1 · summary · opus · 0 tokens in, 0 out · ?\n\n")


def test_a_call_without_messages_tells_when_it_failed():
    assert page(call(status="timeout")).endswith(
        f"**Call:** {AT} · T1.1 · green · opus · 0 tokens in, 0 out · ? · failed: timeout\n\n"
    )


def test_a_page_is_its_head_and_a_piece_an_entry():
    entries = [call(Message("user", "x")), Change("tags", []), Said(Message("user", "y", AT), "m")]
    pieces = "".join(transcripts.piece(one, at) for one, at in zip(entries, (0, 1, 1), strict=True))

    assert page(*entries) == transcripts.head(session()) + pieces
