"""Finding sessions by the beginning of their names and ids."""

from dataclasses import replace

import pytest

from ai_sessions.errors import NotFound, UsageError
from ai_sessions.records import About, Session
from ai_sessions.sessions import finding
from ai_sessions.sessions.finding import by_id


@pytest.mark.parametrize("given", ["plan-a", "plan-a1"])
def test_a_whole_name_wins_over_longer_ones(given):
    assert finding.find(["plan-a", "plan-a1"], given) == given


def test_many_matches_are_listed_shortly():
    known = [f"plan-{number}" for number in range(12)]
    with pytest.raises(NotFound) as caught:
        finding.find(known, "plan")

    assert caught.value.message == "'plan' fits 12 sessions"
    assert caught.value.hint.endswith("plan-7 and 4 more")


@pytest.mark.parametrize("given", ["", "../etc", "x" * 200])
def test_what_cannot_be_a_name_is_refused(given):
    with pytest.raises(UsageError):
        finding.find(["plan-a"], given)


A, B = (
    Session("talk", "01a22a43-2e87", About(conversation_id="chat-1"), "", ""),
    Session("other", "01a22a99-aaaa", About(conversation_id="chat-2"), "", ""),
)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("01a22a43-2e87", "talk"),
        ("01a22a4", "talk"),
        ("chat-2", "other"),
        ("01a22a9", "other"),
    ],
)
def test_a_session_is_found_by_an_id_or_its_beginning(given, name):
    assert by_id([A, B], given) == name


def test_an_id_of_its_own_counts_more_than_the_beginning_of_another():
    longer = replace(B, about=About(conversation_id="chat-1-more"))

    assert by_id([A, longer], "chat-1") == "talk"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("01a22", "fits 2 sessions"),
        ("01a", "no session has the id '01a'"),
        ("", "no session has the id"),
        ("talk", "no session has the id 'talk'"),
    ],
)
def test_an_id_that_is_not_one_session_s_is_told(given, told):
    with pytest.raises(NotFound, match=told):
        by_id([A, B], given)
