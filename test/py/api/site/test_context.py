"""`/sessions/{id}/context`: what a model would be told now, as it is built for a call."""

import re

from ai_sessions.records import About, Message, Said


def test_each_part_is_there_with_its_tokens_and_words(browser, talk, service):
    session = talk("trip", "Where <to>?", "To Oslo", title="Holidays")
    service.core.remember("trip", "Be <brief>.", key="tone")
    service.core.update_state("trip", {"city": "Oslo"})
    page = browser.get("/sessions/trip/context").text
    told = service.core.build_context("trip")

    assert f'<a href="/sessions/{session.uid}">Holidays</a>' in page
    parts = re.findall(r'<a href="#part-(\w+)">\1</a></th><td>(\d+)</td><td>(\d+)</td>', page)
    assert parts == [(one.name, str(len(one.messages)), str(one.tokens)) for one in told.parts]
    assert {"pins", "state", "tail"} <= {name for name, *_ in parts}
    assert "Be &lt;brief&gt;." in page
    assert "Where &lt;to&gt;?" in page
    assert f"{told.tokens:,}" in page


def test_what_had_no_room_is_told(browser, service):
    service.store.ensure("long", About(kind="chat", token_limit=2_000))
    said = [Said(Message("user", f"word {n} " * 200)) for n in range(40)]
    service.store.append("long", said)
    page = browser.get("/sessions/long/context").text

    left_out = service.core.build_context("long").left_out
    assert left_out > 0
    assert f"{left_out} messages had no room" in page
    assert "of 2,000 tokens" in page


def test_pins_that_have_no_room_are_told(browser, service):
    service.store.ensure("small", About(kind="chat", token_limit=1))
    service.core.remember("small", "Be brief. " * 50, key="tone")
    page = browser.get("/sessions/small/context")

    assert page.status_code == 200
    assert '<p class="bad">' in page.text


def test_an_empty_session_tells_nothing(browser, service):
    service.store.ensure("new", About(kind="chat"))

    assert "Nothing yet." in browser.get("/sessions/new/context").text


def test_a_session_that_is_none_is_not_found(browser):
    assert browser.get("/sessions/nobody/context").status_code == 404


def test_the_page_of_a_session_leads_there(browser, talk):
    session = talk("trip", "Hello")
    page = browser.get("/sessions/trip").text

    assert f'href="/sessions/{session.uid}/context"' in page
    path = re.search(r'href="(/v1/export[^"]*)"', page)[1].replace("&amp;", "&")
    assert [one["name"] for one in browser.get(path).json()] == ["trip"]
