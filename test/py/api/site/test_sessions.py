"""`/sessions`: the list in its orders, and what a search finds."""

import re

import pytest

from ai_sessions.api.site import sessions
from ai_sessions.records import Change


def names(page):
    return re.findall(r'<span class="soft">([\w-]+)</span>|>(talk-\w+)</a>', page)


def order(page):
    return ["".join(found) for found in names(page)]


@pytest.fixture
def three(talk):
    for name, cost in (("talk-a", 2_000_000_000), ("talk-b", 3_000_000_000), ("talk-c", 1)):
        talk(name, f"I like {name[-1] * 5}", "So do I", cost=cost)


@pytest.mark.parametrize(
    ("query", "expected"), [("?sort=name", "abc"), ("?sort=cost", "bac"), ("", "cba")]
)
def test_sessions_come_in_the_order_that_is_asked_for(browser, three, query, expected):
    page = browser.get(f"/sessions{query}").text

    assert "3 sessions" in page
    assert order(page) == [f"talk-{one}" for one in expected]


def test_a_heading_leads_to_its_order_and_keeps_the_filter(browser, three):
    page = browser.get("/sessions?model=m").text

    assert 'href="/sessions?model=m&amp;sort=cost"' in page
    assert "model <b>m</b>" in page
    assert 'href="/sessions?sort=last-used">show all' in page


def test_a_long_list_goes_on_behind_a_link(browser, three, monkeypatch):
    monkeypatch.setattr(sessions, "_SHOWN", 2)
    page = browser.get("/sessions?sort=name").text
    path = re.search(r'href="([^"]*after=[^"]*)"', page)[1].replace("&amp;", "&")

    assert order(page) == ["talk-a", "talk-b"]
    assert order(browser.get(path).text) == ["talk-c"]


def test_only_those_of_a_model_are_listed(browser, three, talk):
    talk("talk-d", "x", model="other")

    assert order(browser.get("/sessions?model=other").text) == ["talk-d"]


def test_a_search_finds_what_was_said_and_leads_there(browser, three):
    page = browser.get("/sessions?q=bbbbb").text
    path = re.search(r'href="(/sessions/talk-b\?at=\d+#found)"', page)[1]

    assert "I like bbbbb" in page
    assert "talk-a" not in page
    assert re.search(r'<span id="found"></span><article', browser.get(path).text)


def test_a_search_finds_names(browser, three):
    page = browser.get("/sessions?q=TALK-C").text

    assert page.index("By name") < page.index('">talk-c</a>')
    assert order(page) == ["talk-c"]


def test_a_search_finds_titles_and_tags(browser, three, talk, service):
    talk("trip", "Hello", title="Oslo, again")
    service.store.append("talk-b", [Change("tags", ["vip", "<north>"])])

    assert ">Oslo, again</a>" in browser.get("/sessions?q=OSLO").text
    page = browser.get("/sessions", params={"q": "<north>"}).text
    assert order(page) == ["talk-b"]
    assert '<a href="/sessions?tag=%3Cnorth%3E">&lt;north&gt;</a>' in page


def test_a_long_search_goes_on_behind_a_link(browser, three, monkeypatch, talk):
    monkeypatch.setattr(sessions, "_SHOWN", 2)
    talk("talk-d", "we talk")
    page = browser.get("/sessions?q=talk&sort=name").text
    path = re.search(r'href="([^"]*after=[^"]*)"', page)[1].replace("&amp;", "&")
    more = browser.get(path).text

    assert [order(page)[:2], order(more)] == [["talk-a", "talk-b"], ["talk-c", "talk-d"]]
    assert ["In what was said" in one for one in (page, more)] == [True, False]


def test_a_search_keeps_filter_and_order(browser, three, talk):
    talk("talk-d", "x", model="other", cost=9_000_000_000)
    page = browser.get("/sessions?q=talk&model=m&sort=cost").text

    assert order(page) == ["talk-b", "talk-a", "talk-c"]
    assert '<input type="hidden" name="model" value="m">' in page
    assert 'href="/sessions?q=talk&amp;model=m&amp;sort=name"' in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tag=vip", ["talk-a"]),
        ("tag=vi", []),
        ("status=inactive", ["talk-b"]),
        ("status=", ["talk-a", "talk-b", "talk-c"]),
        ("status=active&kind=chat", ["talk-a", "talk-c"]),
        ("kind=work", []),
        ("interface=telegram", []),
    ],
)
def test_only_those_that_fit_are_listed(browser, three, service, query, expected):
    service.store.append("talk-a", [Change("tags", ["vip"])])
    service.store.append("talk-b", [Change("status", "inactive")])
    page = browser.get(f"/sessions?sort=name&{query}").text

    assert order(page) == expected
    assert f"{len(expected)} session" in page


@pytest.mark.parametrize("query", ["status=gone", "kind=x", "tag=a,b", "interface=" + "x" * 1001])
def test_a_filter_that_is_none_is_refused(browser, query):
    assert browser.get(f"/sessions?{query}").status_code == 400


@pytest.mark.parametrize("words", ["nothing-like-that", "***", '"<script>'])
def test_a_search_that_finds_nothing_says_so(browser, three, words):
    page = browser.get("/sessions", params={"q": words}).text

    assert "No session is called" in page
    assert "<script" not in page


def test_words_of_the_search_stay_in_the_form(browser):
    page = browser.get("/sessions", params={"q": '"><b>'}).text

    assert 'value="&quot;&gt;&lt;b&gt;"' in page


def test_a_title_stands_above_its_name(browser, talk):
    found = talk("trip", "Hello", title="<Oslo>\nagain")
    page = browser.get("/sessions").text

    assert f'<a href="/sessions/{found.uid}">&lt;Oslo&gt; again</a>' in page


def test_an_order_that_is_none_is_refused(browser):
    assert browser.get("/sessions?sort=x").status_code == 400
