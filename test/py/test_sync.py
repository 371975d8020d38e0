"""`ai_sessions.sync`: the names of the library for programs without an event loop."""

import inspect

import ai_sessions
import ai_sessions.sync
from ai_sessions.library import sync


def test_its_names_are_those_of_the_library_and_none_has_to_be_awaited():
    named = {name: getattr(ai_sessions.sync, name) for name in ai_sessions.sync.__all__}

    assert named == {name: getattr(sync, name) for name in sync.__all__}
    assert [name for name, one in named.items() if inspect.iscoroutinefunction(one)] == []


def test_each_function_of_the_package_that_has_to_be_awaited_is_here_too():
    awaited = {
        name
        for name in ai_sessions.__all__
        if inspect.iscoroutinefunction(getattr(ai_sessions, name))
    }

    assert awaited <= {*ai_sessions.sync.__all__}
