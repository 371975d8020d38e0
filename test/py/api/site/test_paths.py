"""Paths of pages are quoted."""

from ai_sessions.api.site import paths


def test_a_path_holds_any_name():
    assert paths.session("a/b?c") == "/sessions/a%2Fb%3Fc"
    assert paths.context("a/b?c") == "/sessions/a%2Fb%3Fc/context"
    assert paths.export("a&b") == "/v1/export?session=a%26b&format=json"
    assert paths.session("a", at="3", before="") == "/sessions/a?at=3"


def test_of_a_query_what_is_empty_is_left_out():
    assert paths.sessions() == paths.sessions(model="") == "/sessions"
    assert paths.sessions(model="a&b", sort="cost") == "/sessions?model=a%26b&sort=cost"
