"""The words of a call under way: there after a kill, of that call alone, never in its way."""

import json

import pytest

from ai_sessions.providers.contract import Event
from ai_sessions.records import Message
from ai_sessions.sessions import drafts

ASKED = Message("user", "and tests?", "2026-11-21T03:00:00.000Z")
KEY = "sk-ant-api03-" + "a1B2" * 23 + "-xyzAA"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "session" / "logs"


def begun(folder, question=ASKED, **more):
    draft = drafts.Draft(**more)
    draft.begin(folder, "call-1", question)
    return draft


def told(folder, call="call-1"):
    return [one.text for one in drafts.read(folder, call, "later")]


def test_a_question_without_an_answer_is_kept_whole(folder):
    begun(folder).close()

    assert drafts.read(folder, "call-1", "later") == (ASKED,)
    assert (folder / drafts.NAME).stat().st_mode & 0o777 == 0o600


def test_a_call_has_its_own_words_only(folder):
    begun(folder).close()
    assert told(folder, "call-2") == []

    second = drafts.Draft()
    second.begin(folder, "call-2", Message("user", "other"))
    second.close()
    assert (told(folder), told(folder, "call-2")) == ([], ["other"])


@pytest.mark.parametrize(
    "rest", [b'{"text": "hal', b"\xff\n", b"[1]\n"], ids=["part", "no", "list"]
)
def test_what_comes_before_a_damaged_line_counts(folder, rest):
    draft = begun(folder)
    draft.add(Event("text", "Yes"))
    draft.close()
    with (folder / drafts.NAME).open("ab") as file:
        file.write(rest)

    assert told(folder) == ["and tests?", "Yes"]


@pytest.mark.parametrize("text", ["", "null\n", "[]\n", "{\n", '{"question": "x"}\n'])
def test_a_damaged_draft_is_none(folder, text):
    folder.mkdir(parents=True)
    (folder / drafts.NAME).write_text(text)

    assert told(folder) == []


def test_an_answer_without_end_is_cut(folder):
    draft = begun(folder, room=300)
    for _time in range(40):
        draft.add(Event("text", "again "))
    draft.close()

    assert (folder / drafts.NAME).stat().st_size <= 300
    assert told(folder)[1].startswith("again again")


def test_a_place_that_takes_nothing_does_not_stop_the_call(folder):
    folder.parent.mkdir()
    folder.write_text("a file in its place")
    draft = begun(folder)
    draft.add(Event("text", "Yes"))
    draft.close()

    assert told(folder) == []
    drafts.forget(folder)


def test_keys_are_masked(folder):
    begun(folder, Message("user", f"use {KEY}")).close()

    assert KEY not in json.dumps((folder / drafts.NAME).read_text())


def test_what_is_forgotten_is_gone(folder):
    begun(folder).close()
    drafts.forget(folder)
    drafts.forget(folder)
    drafts.forget(None)

    assert list(folder.iterdir()) == []
    assert drafts.read(None, "call-1", "") == ()


def test_what_was_done_on_the_way_is_no_part_of_the_answer(folder):
    draft = begun(folder)
    draft.add(Event("tool", "Read shop.py"))
    draft.add(Event("text", "Yes"))
    draft.close()

    assert told(folder) == ["and tests?", "Yes"]


def test_a_follower_is_told_each_line_once_and_no_half_one(folder):
    draft, follower = begun(folder), drafts.Follower(folder)
    assert follower.new()[1]
    draft.add(Event("text", "Ye"))
    with (folder / drafts.NAME).open("ab") as file:
        file.write(b'{"text": "s')

    assert follower.new() == ([{"text": "Ye", "begins": False}], False)
    assert follower.new() == ([], False)
    with (folder / drafts.NAME).open("ab") as file:
        file.write(b'"}\n')
    assert follower.new() == ([{"text": "s"}], False)


@pytest.mark.parametrize("text", ["", "an answer that is longer than the first one was"])
def test_a_follower_notices_that_a_draft_was_begun_anew(folder, text):
    draft, follower = begun(folder), drafts.Follower(folder)
    draft.add(Event("text", "void now"))
    follower.new()

    begun(folder, Message("user", "and tests?", "2026-11-21T03:00:01.000Z")).add(
        Event("text", text)
    )

    lines, is_another = follower.new()
    assert (len(lines), is_another) == (2, True)


def test_without_a_draft_a_follower_is_told_nothing(folder):
    begun(folder)
    follower = drafts.Follower(folder)
    follower.new()
    drafts.forget(folder)

    assert follower.new() == ([], False)
