"""`/sessions/{id}`: what was said, with marks where another model goes on."""

from ai_sessions.api.site import session
from ai_sessions.records import About, Message, Said


def test_what_was_said_is_there_with_the_cost_of_its_call(browser, talk):
    found = talk("trip", "Where to?", "To Oslo", title="Holidays")

    for path in ("/sessions/trip", f"/sessions/{found.uid}"):
        page = browser.get(path).text
        assert '<h1 dir="auto">Holidays</h1>' in page
        assert page.index("Where to?") < page.index("To Oslo") < page.index("<dd>$1.50</dd>")


def test_a_mark_stands_where_another_model_goes_on(browser, talk):
    for model in ("big", "big", "<small>"):
        talk("trip", "Hello", model=model)
    page = browser.get("/sessions/trip").text

    assert page.count("goes on after") == 1
    assert "<b>model</b> &lt;small&gt; goes on after big" in page


def test_hostile_texts_are_shown_and_do_nothing(browser, talk):
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    talk("trip", hostile, hostile, title=hostile, model=hostile)
    page = browser.get("/sessions/trip").text

    assert "<script" not in page
    assert "<img" not in page


def test_a_long_session_begins_with_its_newest_part(browser, service, monkeypatch):
    monkeypatch.setattr(session, "_SHOWN", 2)
    service.store.ensure("long", About(kind="chat"))
    said = [Said(Message("user", f"text {n}")) for n in range(5)]
    service.store.append("long", said)
    newest, first = (browser.get(f"/sessions/long{query}").text for query in ("", "?page=1"))

    assert "text 4" in newest
    assert 'id="m5"' in newest
    assert "text 0" not in newest
    assert "text 0" in first
    assert f'href="/sessions/{service.store.read("long").uid}?page=2">Newer' in first


def test_a_part_that_is_not_there_is_the_last_one(browser, talk):
    talk("trip", "Hello")

    assert "Hello" in browser.get("/sessions/trip?page=99").text
    assert browser.get("/sessions/trip?page=0").status_code == 400
