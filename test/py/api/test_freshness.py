"""Looks at all sessions that several requests share."""

import contextvars

import pytest

from ai_sessions.api import freshness
from ai_sessions.api.freshness import Looks


@pytest.fixture
def looks(service):
    return Looks(service.store.source())


def begin(service, number):
    service.core.get_or_create_session(conversation_id=number, interface_type="api")


def request():
    """The context of a request that came now."""
    context = contextvars.copy_context()
    context.run(freshness.came)
    return context


def test_who_was_there_before_the_look_needs_no_other(service, looks):
    first, second = request(), request()
    cursor, _, _ = first.run(looks.changes)
    begin(service, 1)

    assert second.run(looks.changes, cursor) == (cursor, [], [])


def test_who_came_after_the_look_sees_what_was_written_since(service, looks):
    cursor, _, _ = request().run(looks.changes)
    begin(service, 1)

    assert request().run(looks.changes, cursor)[1] == ["api-1"]


def test_an_index_that_has_not_kept_the_look_looks_itself(service, looks):
    first, second = request(), request()
    before, _, _ = first.run(looks.changes)
    begin(service, 1)
    request().run(looks.changes, before)

    assert second.run(looks.changes, before)[1] == ["api-1"]
    assert second.run(looks.changes)[1] == ["api-1"]


def test_outside_of_a_request_every_question_looks(service, looks):
    cursor, _, _ = looks.changes()
    begin(service, 1)

    assert looks.changes(cursor)[1] == ["api-1"]


def test_all_else_is_the_sources(service, looks):
    begin(service, 1)

    assert looks.names() == ["api-1"]
    assert looks.row("api-1")["name"] == "api-1"
