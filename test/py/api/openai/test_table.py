"""What clients of OpenAI's API reach, and how all of it fails."""

from ai_sessions.api.openai import table, telling


def test_every_route_fails_in_openais_form():
    assert {route.failed for route in table.ROUTES} == {telling.failed}
    assert all(route.failure == {"application/json": telling.ERROR} for route in table.ROUTES)
