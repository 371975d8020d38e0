"""`/sessions/{id}`: what was said, with marks where another model goes on."""

import html
import re

import pytest

from ai_sessions.api.site import session
from ai_sessions.records import About, Change, Message, Said
from ai_sessions.store.files import journal


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


def test_a_part_has_no_more_than_a_browser_bears(browser, service):
    service.store.ensure("long", About())
    texts = [f"{number} " + "x" * 200_000 for number in range(9)]
    service.store.append("long", [Said(Message("user", one)) for one in texts])
    answer = browser.get("/sessions/long")

    assert len(answer.content) < 600_000
    assert answer.text.count("<article") == 2
    assert "Earlier</a>" in answer.text


@pytest.fixture
def long(service):
    """Make a session of so many messages."""

    def made(name, count):
        service.store.ensure(name, About(kind="chat"))
        said = [Said(Message("user", f"text {n}.")) for n in range(count)]
        return service.store.append(name, said)

    return made


def path_of(page, words):
    return html.unescape(re.search(rf'href="([^"]*)">{words}</a>', page)[1])


def test_a_long_session_begins_with_its_newest_part(browser, long, monkeypatch):
    monkeypatch.setattr(session, "_SHOWN", 2)
    long("long", 5)
    newest = browser.get("/sessions/long").text
    older = browser.get(path_of(newest, "Earlier")).text
    oldest = browser.get(path_of(older, "Earlier")).text

    found = [re.findall(r"text \d", page) for page in (newest, older, oldest)]
    assert found == [["text 3", "text 4"], ["text 1", "text 2"], ["text 0"]]
    assert "Earlier</a>" not in oldest
    assert "Later</a>" not in newest
    assert "text 2" in browser.get(path_of(oldest, "Later")).text
    assert "text 4" in browser.get(path_of(oldest, "Newest")).text


@pytest.mark.parametrize("place", ["x", "nobody:1", "%3Cb%3E"])
def test_a_place_that_is_none_is_refused(browser, talk, place):
    talk("trip", "Hello")
    refused = browser.get(f"/sessions/trip?before={place}")

    assert refused.status_code == 400
    assert "no place in the log of this conversation" in refused.text


def test_a_page_reads_no_more_of_a_long_session_than_of_a_short_one(
    browser, long, service, monkeypatch
):
    long("short", 100)
    long("long", 10_000)
    for name in ("short", "long"):  # once, whoever looks first
        browser.get(f"/sessions/{name}")
    parsed = []
    read_line = journal.read_line
    monkeypatch.setattr(journal, "read_line", lambda raw: parsed.append(raw) or read_line(raw))

    def cost(path):
        parsed.clear()
        assert browser.get(path).status_code == 200
        return len(parsed)

    short = cost("/sessions/short")
    for place in ("", "?before=9000", "?after=20", "?at=5000"):
        assert cost(f"/sessions/long{place}") <= 5 * short


def test_another_model_is_marked_at_the_beginning_of_a_page(browser, talk, monkeypatch):
    monkeypatch.setattr(session, "_SHOWN", 1)
    for model in ("big", "small"):
        talk("trip", "Hello", model=model)

    assert "<b>model</b> small goes on after big" in browser.get("/sessions/trip").text


def test_a_place_is_in_its_own_log_or_in_that_of_a_parent(browser, talk, service):
    parent = talk("trip", "Where to?", "To Oslo")
    service.core.fork("trip", "other")
    talk("other", "And then?", "To Bergen")
    own, shared = (browser.get(f"/sessions/other?at={at}").text for at in ("1", f"{parent.uid}:1"))

    assert own.count('id="found"') == shared.count('id="found"') == 1
    assert own.index("Where to?") < own.index('id="found"')
    assert shared.index('id="found"') < shared.index("Where to?")


def test_what_is_said_of_related_sessions_leads_there(browser, talk, service):
    parent = talk("trip", "Where to?", "To Oslo")
    fork = service.core.fork("trip", "other-trip")
    service.store.append("trip", [Change("tags", ["<vip>"])])

    assert f'<dt>Forks</dt><dd><a href="/sessions/{fork.uid}">other-trip</a>' in (
        page := browser.get("/sessions/trip").text
    )
    assert '<a href="/sessions?tag=%3Cvip%3E">&lt;vip&gt;</a>' in page
    page = browser.get("/sessions/other-trip").text
    assert f'<dt>Fork of</dt><dd><a href="/sessions/{parent.uid}?at=1#found">trip</a>' in page
    assert "To Oslo" in page


def test_a_summary_stands_above_with_its_words_folded(browser, talk, service):
    talk("trip", "Where to?", "To Oslo")
    service.core.add_summary("trip", "They want to go to **Oslo**.")
    page = browser.get("/sessions/trip").text
    summary = page.index("<details><summary>summary")

    assert summary < page.index("Where to?")
    assert page.index("They want to go", summary) < page.index("Where to?")


def test_calls_are_a_chart_that_leads_to_each(browser, talk):
    for cost in (2_000_000_000, None, 1_000_000_000):
        talk("trip", "Hello", "Hi", cost=cost)
    page = browser.get("/sessions/trip").text
    anchors = re.findall(r'<dl class="call" id="([^"]*)"', page)

    assert "Cost and tokens of each call here (3)" in page
    assert len(set(anchors)) == 3
    assert all(f'<a href="#{one}"' in page for one in anchors)
    assert "<td>?</td>" in page
