"""`/docs`: every request of the server."""

import html
import re

from ai_sessions.api.table import ROUTES


def test_every_request_is_there_with_a_line_that_sends_it(browser):
    page = html.unescape(browser.get("/docs").text)

    for route in ROUTES:
        path = re.sub(r":path\}", "}", route.path)
        assert f"<code>{route.method} {path}</code>" in page
    assert page.count("<code>curl ") == len(ROUTES)


def test_it_is_linked_from_the_pages_and_needs_a_login(browser, stranger):
    assert '<a href="/docs">' in browser.get("/").text
    refused = stranger.get("/docs")

    assert (refused.status_code, refused.headers["location"]) == (303, "/login?next=/docs")


def test_a_program_has_it_by_its_token(client):
    answer = client.get("/docs")

    assert "script-src 'none'" in answer.headers["content-security-policy"]


def test_every_link_within_it_leads_somewhere(browser):
    page = browser.get("/docs").text
    places = set(re.findall(r' id="([^"]+)"', page))

    assert set(re.findall(r'href="#([^"]+)"', page)) <= places
    assert "schema-Problem" in places


def test_what_a_body_must_have_is_said(browser):
    page = browser.get("/docs").text

    assert re.search(r'scope="row">text</th><td class="words">string, .*required', page)
    assert "Failures: 400 Bad request" in page


def test_lines_name_the_server_as_it_was_called(browser):
    assert "curl -sS http://testserver/healthz" in browser.get("/docs").text
