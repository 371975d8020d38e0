"""How a page becomes a route."""

from ai_sessions.api.site.pages import page
from ai_sessions.api.table import ROUTES


def test_a_page_needs_a_token_and_tells_failures_as_a_page():
    route = page("/x", "x_page", "Page: x.", lambda _service, _asked: None)

    assert (route.method, route.scope, route.media) == ("GET", "read", "text/html; charset=utf-8")
    assert route.failed is not None


def test_pages_are_in_the_document_as_html(client):
    told = client.get("/openapi.json").json()["paths"]["/sessions/{id}"]["get"]["responses"]

    assert list(told["200"]["content"]) == ["text/html; charset=utf-8"]
    assert "303" in told
    assert "text/html; charset=utf-8" in told["404"]["content"]


def test_no_two_routes_have_one_name():
    names = [route.name for route in ROUTES]

    assert len(set(names)) == len(names)
