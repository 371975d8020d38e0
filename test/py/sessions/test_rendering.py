"""A session as a page, in each form."""

import pytest

from ai_sessions.errors import NotFound
from ai_sessions.records import About, Interaction, Message, Said, ToolCall
from ai_sessions.sessions import rendering
from ai_sessions.store.memory import MemoryStore

AT = "2026-11-28T10:00:00.000Z"
KEY = "sk-ant-" + "api03-" + "a1B2" * 8
BEGINNINGS = {"md": "# Session: ", "json": '{"metadata": ', "html": "<!DOCTYPE html>"}


@pytest.fixture
def store():
    store = MemoryStore()
    store.ensure("chat-a", About(project="/home/me/src/shop"))
    call = ToolCall("c", "read", {"path": "/home/me/x"})
    said = (Message("user", "in /home/me/y", AT), Message("assistant", "", AT, tool_calls=(call,)))
    store.append("chat-a", [Interaction("i", AT, "claude", "opus", said)])
    return store


def shown(store, form, home=None):
    return "".join(rendering.pieces(store, "chat-a", form, home))


@pytest.mark.parametrize("form", rendering.FORMS)
def test_each_form_has_what_was_said(store, form):
    page = shown(store, form)

    assert page.startswith(BEGINNINGS[form])
    assert "in /home/me/y" in page


@pytest.mark.parametrize("form", rendering.FORMS)
def test_redacted_it_has_no_home_folder_and_no_key(store, form):
    store.append("chat-a", [Said(Message("user", f'key = "{KEY}"', AT))])
    page = shown(store, form, home="/home/me")

    assert "/home/me" not in page
    assert KEY not in page
    assert "~/src/shop" in page


def test_redacting_leaves_ids_and_times_as_they_are(store):
    assert shown(store, "json", home="i").count('"id": "i"') == 1
    assert AT in shown(store, "json", home="2026")


def test_a_session_that_is_not_there_is_refused_before_anything_is_written(store):
    with pytest.raises(NotFound):
        rendering.pieces(store, "none", "html")
