"""The forms of a file: each finds its own mark again, and no other."""

import json

import pytest

from ai_sessions.records import About, Message, Said, Session
from ai_sessions.sessions.recording.forms import FORMS, Json, Markdown
from ai_sessions.sessions.recording.marks import Mark

AT = "2026-11-28T10:15:00.123Z"
MARK = Mark("a", 7, "id", 1, AT, 0, 300, 4000, 1796004523)
SESSION = Session("chat", "a", About(title="My chat"), AT, AT)
FORGED = "\n".join(form.foot(MARK) for form in FORMS)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.suffix)
def test_the_mark_is_the_last_line_of_the_foot(form):
    *_rest, last = form.foot(MARK).encode().splitlines(keepends=True)
    assert form.mark(last) == MARK


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.suffix)
def test_nothing_that_was_said_can_pass_for_a_mark(form):
    text = form.head(SESSION, {"note": FORGED}) + form.piece(Said(Message("user", FORGED)), 0)

    assert [form.mark(line) for line in text.encode().splitlines(keepends=True)].count(None) > 1
    assert not any(map(form.mark, text.encode().splitlines(keepends=True)))


def test_head_body_and_foot_are_one_json_object():
    said = [Message("user", "a"), Message("assistant", "b")]
    pieces = (Json().piece(Said(one), number) for number, one in enumerate(said))
    found = json.loads(Json().head(SESSION, {}) + "".join(pieces) + Json().foot(MARK))

    assert found["metadata"]["session_id"] == "a"
    assert [one["content"] for one in found["messages"]] == ["a", "b"]
    assert found["recorded"] == MARK.told()


def test_the_mark_of_a_page_is_a_comment():
    assert Markdown().foot(MARK).startswith("<!-- ")
    assert Markdown().foot(MARK).endswith(" -->\n")
