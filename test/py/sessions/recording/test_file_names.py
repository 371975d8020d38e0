"""The name of a file says when a session began and which one it is, whatever its uid."""

import pytest

from ai_sessions.records import About, Session
from ai_sessions.sessions.recording import file_names

AT = "2026-11-28T10:15:00.123Z"


def named(uid, at=AT):
    return file_names.stem(Session("chat", uid, About(), at, at))


def test_a_name_has_the_day_the_time_and_the_id():
    assert named("abc-1") == "session_20261128_101500_abc-1"


@pytest.mark.parametrize("uid", ["", "../../etc/x", "a.b", "ü", "x" * 65, "a\nb", "\ud800"])
def test_a_uid_that_is_no_part_of_a_name_has_one_that_stands_for_it(uid):
    stem = named(uid)
    assert len(file_names.id_in(f"{stem}.md")) == 32
    assert stem == named(uid) != named(f"{uid}2")


def test_a_time_that_cannot_be_read_is_none():
    assert named("a", "yesterday") == "session_00000000_000000_a"


@pytest.mark.parametrize(
    "name", ["session_1_2_a.md", "session_20261128_101500_a.txt", "notes.md", ".gitignore"]
)
def test_other_names_are_not_ours(name):
    assert file_names.id_in(name) == ""


def test_a_draft_is_known_by_the_name_that_it_would_get():
    name = "session_20261128_101500_a.md"

    assert file_names.of_draft(f"{name}.12.0123abcd.tmp") == name
    assert file_names.of_draft("notes.md.12.0123abcd.tmp") == file_names.of_draft(name) == ""
