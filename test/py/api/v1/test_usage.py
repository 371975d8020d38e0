"""What was used of models, and what their providers allow."""

import pytest

from ai_sessions import ids
from ai_sessions.api.v1 import usage
from ai_sessions.records import About, Cost, Interaction, Told, Usage


@pytest.fixture(autouse=True)
def calls(service):
    """A call late on a day of UTC, and one on the day before; one by another interface."""
    for interface, at, cost in (
        ("api", "2026-11-29T23:30:00.000Z", 2_000_000),
        ("api", "2026-11-28T12:00:00.000Z", None),
        ("telegram", "2026-11-29T10:00:00.000Z", 1_000_000),
    ):
        about = About(kind="chat", interface=interface, conversation_id="1")
        name = f"{interface}-1"
        service.store.ensure(name, about)
        made = Interaction(ids.new(), at, "openai", "gpt-4o", (), Usage(10, 5), Cost(cost))
        service.store.append(name, [made])


def rows(client, **query):
    found = client.get("/v1/usage", params=query).json()["data"]
    return {one["name"]: (one["interactions"], one["cost"], one["unknown_costs"]) for one in found}


def test_days_are_those_of_the_zone_that_was_asked_for(client):
    assert rows(client, tz="UTC") == {"2026-11-28": (1, None, 1), "2026-11-29": (2, 0.003, 0)}
    assert [*rows(client, tz="Asia/Tokyo")] == ["2026-11-28", "2026-11-29", "2026-11-30"]


def test_rows_are_of_what_was_asked_for(client):
    assert rows(client, group="interface") == {"api": (2, 0.002, 1), "telegram": (1, 0.001, 0)}
    assert [*rows(client, group="model")] == ["gpt-4o"]


def test_a_span_is_told_with_its_ends(client):
    found = client.get("/v1/usage?since=2026-11-29&until=2026-11-29&tz=UTC").json()

    assert found["since"].startswith("2026-11-29T00:00")
    assert found["until"].startswith("2026-11-30T00:00")
    assert [one["interactions"] for one in found["data"]] == [2]


def test_rows_are_of_several_keys_at_once(client):
    found = client.get("/v1/usage?group=day,model,interface&tz=Asia/Tokyo").json()

    assert found["group"] == "day,model,interface"
    told = [(one["keys"], one["interactions"], one["cost"]) for one in found["data"]]
    assert told == [
        ({"day": "2026-11-28", "model": "gpt-4o", "interface": "api"}, 1, None),
        ({"day": "2026-11-29", "model": "gpt-4o", "interface": "telegram"}, 1, 0.001),
        ({"day": "2026-11-30", "model": "gpt-4o", "interface": "api"}, 1, 0.002),
    ]


def test_more_rows_than_an_answer_has_are_one_problem(client, monkeypatch):
    monkeypatch.setattr(usage, "_MOST_ROWS", 2)
    two, three = client.get("/v1/usage?group=day"), client.get("/v1/usage?group=day,session&tz=UTC")

    assert (two.status_code, len(two.json()["data"])) == (200, 2)
    assert (three.status_code, three.json()["code"]) == (400, "too_many")
    assert three.json()["detail"] == "3 rows: an answer has at most 2"
    assert "since and until" in three.json()["hint"]


def test_all_wrong_keys_are_told_in_one_problem(client):
    told = client.get("/v1/usage?group=day,mood,model,<b>").json()

    assert told["detail"] == "group: cannot group by 'mood', '<b>'"
    assert "day, week, month" in told["hint"]


@pytest.mark.parametrize("group", ["day,day", "day,", ",", "", "day;model", "x" * 201])
def test_keys_that_are_none_are_refused(client, group):
    assert client.get("/v1/usage", params={"group": group}).status_code == 400


@pytest.mark.parametrize("query", ["group=mood", "tz=Moon/Base", "since=then"])
def test_what_cannot_be_grouped_or_read_is_refused(client, query):
    refused = client.get(f"/v1/usage?{query}")

    assert (refused.status_code, refused.json()["code"]) == (400, "usage")


def test_limits_of_providers_are_told(client, service):
    from ai_sessions.api.v1.models import _quotas
    from ai_sessions.catalog.rotation import ModelEntry, Pool
    from ai_sessions.rotation.records import Place

    place = Place(Pool("claude", "Claude", ""), ModelEntry("sonnet", "Sonnet", "claude"))
    told = Told("percent", "rolling", 100, 37, rolling_s=18_000, origin="event")
    _quotas(service).note(place, [told], service.now())

    found = client.get("/v1/quota").json()

    assert found["reached"] == []
    assert [(one["provider"], one["used"]) for one in found["data"] if one["used"]] == [
        ("claude", 37)
    ]


def test_without_any_limit_there_is_nothing_to_tell(client):
    assert client.get("/v1/quota").json() == {"reached": [], "data": []}
