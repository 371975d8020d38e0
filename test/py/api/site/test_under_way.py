"""The answer that is coming is on the page of its session, as far as it has come."""

import os
from types import SimpleNamespace

import pytest

from ai_sessions.providers.contract import Event
from ai_sessions.records import Change, Message
from ai_sessions.sessions import drafts


@pytest.fixture
def draft(talk, service):
    """Of a call in the session `trip`, whose question is there."""
    talk("trip", "Hello", "Hi")
    made = drafts.Draft()
    made.begin(service.log_dir("trip"), "call-1", Message("user", "And <now>?"))
    yield made
    made.close()


def begin(service, pid):
    service.store.append("trip", [Change("calling", {"id": "call-1", "pid": pid})])


def test_it_is_shown_as_far_as_it_has_come(browser, draft, service):
    for text, begins in (("Never mind", True), ("Wait", True), (" a little", False)):
        draft.add(Event("text", text, begins=begins))
    with service.store.turn("trip", 0):
        begin(service, os.getpid())
        page = browser.get("/sessions/trip").text

    assert page.index("And &lt;now&gt;?") < page.index("Wait a little") < page.index("under way")
    assert "Never mind" not in page
    assert f'href="/sessions/{service.store.read("trip").uid}">Look again' in page


REFRESH = '<meta http-equiv="refresh" content="5">'


def test_who_asks_for_it_has_the_page_loaded_again_while_an_answer_is_coming(
    browser, draft, service
):
    before = browser.get("/sessions/trip?refresh=on").text
    with service.store.turn("trip", 0):
        begin(service, os.getpid())
        during = browser.get("/sessions/trip?refresh=on").text
        off = browser.get("/sessions/trip").text

    assert [REFRESH in one for one in (before, during, off)] == [False, True, False]
    assert ">Stop that</a>" in during
    assert 'refresh=on">Look every 5 s</a>' in off


def test_an_older_part_is_not_loaded_again(browser, draft, service):
    with service.store.turn("trip", 0):
        begin(service, os.getpid())

        assert REFRESH not in browser.get("/sessions/trip?before=2&refresh=on").text


def test_a_part_that_is_not_the_newest_does_not_have_it(browser, draft, service):
    with service.store.turn("trip", 0):
        begin(service, os.getpid())

        assert "under way" not in browser.get("/sessions/trip?before=2&refresh=on").text


def test_words_that_nobody_keeps_are_those_of_the_turn(browser, talk, service, monkeypatch):
    talk("trip", "Hello", "Hi")
    words = [("Never mind", True), ("Wait", True), (" a <little>", False)]
    turn = SimpleNamespace(
        id="call-1",
        is_over=False,
        words=[{"text": text, "begins": begins} for text, begins in words],
    )
    monkeypatch.setattr(service.turns, "of", lambda _session: turn)
    page = browser.get("/sessions/trip").text

    assert "Wait a &lt;little&gt;" in page
    assert "Never mind" not in page


def test_it_is_on_record_once_its_process_is_gone(browser, draft, service):
    draft.add(Event("text", "Wait", begins=True))
    begin(service, 1 << 22)
    page = browser.get("/sessions/trip").text

    assert "<dd>interrupted</dd>" in page
    assert page.index("And &lt;now&gt;?") < page.index("Wait")
    assert "under way" not in page


def test_without_a_turn_nothing_is_under_way(browser, talk):
    talk("trip", "Hello", "Hi")

    assert "under way" not in browser.get("/sessions/trip").text
