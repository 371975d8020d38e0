"""Which session of the store an id means."""

import pytest

from ai_sessions.errors import NotFound
from ai_sessions.library import identity
from ai_sessions.records import About


def test_a_session_of_the_command_line_is_not_reached_by_its_name(core):
    core.store.ensure("plan-a", About("plan", "a"))

    assert identity.find(core, "plan-a") is None


def test_a_session_of_anybody_is_reached_by_its_uid(core):
    session = core.store.ensure("plan-a", About("plan", "a"))

    assert identity.existing(core, session.uid).name == "plan-a"
    assert identity.of_session(session) == "plan-a"


def test_a_name_that_somebody_else_has_is_no_obstacle(tracked, core):
    core.store.ensure("python-one", About())
    tracked("one").user_says("mine")

    assert tracked("one").get_conversation()[0]["content"] == "mine"
    assert len(core.store.names()) == 2


def test_a_fork_finds_a_free_name(tracked, core):
    core.store.ensure("python-two", About())
    tracked("one").user_says("a")

    assert tracked("one").fork("two").user_says("b") == "two"
    assert len(tracked("two").get_conversation()) == 2


def test_an_id_with_a_number_sign_is_an_id_first(tracked):
    tracked("issue").user_says("a")
    tracked("issue#7").user_says("b")

    assert tracked("issue#7").get_conversation()[0]["content"] == "b"


def test_a_session_that_is_gone_is_told_with_what_to_do(core):
    with pytest.raises(NotFound, match="no session 'x'") as caught:
        identity.existing(core, "x")

    assert caught.value.hint == "it is made when something is said in it"
