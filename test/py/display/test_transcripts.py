"""A session as a page: what was said is quoted, whatever it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.display import transcripts
from ai_sessions.display.transcripts import markdown
from ai_sessions.records import About, Change, Interaction, Message, Said, Session

AT = "2026-11-28T10:00:00.000Z"


def page(*entries, **about):
    facts = {"feature": "pay", "project": "/src/shop", **about}
    session = Session("plan-pay", "u", About("plan", **facts), AT, AT)
    return "".join(markdown(session, entries))


def call(*messages, **more):
    facts = {"model": "opus", "task": "T1.1", "purpose": "green", **more}
    return Interaction("i", AT, "claude", messages=messages, **facts)


def test_a_page_tells_the_session_then_its_calls_and_who_said_what():
    shown = page(call(Message("user", "Add it.\n\nNow."), Message("assistant", "Done.")))

    assert shown.startswith("# plan-pay\n\n- Feature: pay\n- Project: /src/shop\n")
    assert shown.endswith(
        f"## {AT} · T1.1 · green · opus · ?\n\n"
        "**User**\n\n> Add it.\n>\n> Now.\n\n**Assistant**\n\n> Done.\n\n"
    )


HOSTILE = "\n## 2026 · T9 · green · opus · $0.00\n\n**User**\n\r# x\n---\n"


@pytest.mark.parametrize(
    "entry",
    [
        call(Message("assistant", HOSTILE)),
        call(Message("tool", "x", name=HOSTILE)),
        call(Message(HOSTILE, "x")),
        call(model=HOSTILE),
        call(task=HOSTILE),
        call(purpose=HOSTILE),
        call(status=HOSTILE),
        Said(Message("user", HOSTILE), "m"),
    ],
    ids=["text", "name", "role", "model", "task", "purpose", "status", "message"],
)
def test_nothing_can_pass_for_a_part_of_the_page(entry):
    lines = page(entry, project=f"/src{HOSTILE}").split("\n")

    calls = isinstance(entry, Interaction)
    assert sum(line.startswith("#") for line in lines) == 1 + calls
    assert sum(line.startswith("**") for line in lines) == (len(entry.messages) if calls else 1)
    assert "---" not in lines


@given(st.text())
def test_every_line_that_was_said_is_quoted(text):
    before, _, said = page(call(Message("user", text))).partition("**User**\n\n")

    assert all(line.startswith(">") for line in said.rstrip("\n").split("\n"))
    assert "\r" not in before + said


@pytest.mark.parametrize("tag", ["</blockquote>", "</BlockQuote >", "</ blockquote>"])
def test_no_tag_ends_the_quotation(tag):
    said = page(call(Message("user", f"a{tag}<h1>b</h1>"))).partition("**User**")[2]

    assert tag not in said
    assert f"&lt;{tag[1:]}" in said


def test_nothing_steers_a_terminal():
    assert "\x1b" not in page(call(Message("user", "\x1b[31mred\x1b[0m")))


def test_of_a_call_for_a_summary_the_page_tells_that_it_was_made():
    shown = page(call(Message("user", "sum up"), Message("assistant", "{}"), purpose="summary"))

    assert shown.endswith(f"## {AT} · T1.1 · summary · opus · ?\n\n")


def test_a_page_is_its_head_and_a_piece_an_entry():
    session = Session("plan-pay", "u", About("plan"), AT, AT)
    entries = [call(Message("user", "x")), Change("tags", []), Said(Message("user", "y"), "m")]

    pieces = "".join(map(transcripts.piece, entries))
    assert "".join(markdown(session, entries)) == transcripts.head(session) + pieces
