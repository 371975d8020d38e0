"""Sessions leave as `ai-session.sh export` writes them, piece by piece."""

import csv
import io
import json

import pytest

from ai_sessions import ids
from ai_sessions.errors import StorageError
from ai_sessions.records import Cost, Interaction, Message, Usage
from ai_sessions.sessions import export as exporting


@pytest.fixture(autouse=True)
def two_sessions(service):
    for number in ("1", "2"):
        service.core.get_or_create_session(conversation_id=number, interface_type="api")
        said = (
            Message("user", f"key {service.environment['HOME']} {number}"),
            Message("assistant", "Yo"),
        )
        made = Interaction(ids.new(), "2026-11-29T10:00:00Z", "p", "m", said, Usage(1, 1), Cost(5))
        service.store.append(f"api-{number}", [made])


def test_all_sessions_come_with_their_calls(client):
    answer = client.get("/v1/export")
    found = answer.json()

    assert answer.headers["content-type"] == "application/json"
    assert sorted(one["name"] for one in found) == ["api-1", "api-2"]
    assert [len(one["interactions"]) for one in found] == [1, 1]


@pytest.mark.parametrize(
    ("form", "media", "read"),
    [
        ("jsonl", "application/x-ndjson", lambda text: [*map(json.loads, text.splitlines())]),
        ("csv", "text/csv", lambda text: [*csv.DictReader(io.StringIO(text))]),
        ("md", "text/markdown", lambda text: text.split("# Session: ")[1:]),
    ],
)
def test_each_form_has_its_own_type(client, form, media, read):
    answer = client.get("/v1/export", params={"format": form})

    assert answer.headers["content-type"].startswith(media)
    assert len(read(answer.text)) >= 2


def test_one_session_is_exported_by_its_id(client, service):
    uid = service.store.read("api-2").uid

    assert [one["name"] for one in client.get(f"/v1/export?session={uid}").json()] == ["api-2"]


def test_home_is_masked_where_that_is_asked_for(client, service):
    home = service.environment["HOME"]

    assert home in client.get("/v1/export").text
    assert home not in client.get("/v1/export?redact=true").text


@pytest.mark.parametrize(
    ("query", "status"), [("session=nobody", 404), ("since=then", 400), ("format=xml", 400)]
)
def test_what_cannot_be_exported_has_its_status(client, query, status):
    assert client.get(f"/v1/export?{query}").status_code == status


def test_what_fails_before_the_first_piece_has_its_status(client, monkeypatch):
    def broken(*_given):
        raise StorageError("the disk is gone")

    monkeypatch.setattr(exporting, "export", broken)

    assert client.get("/v1/export").status_code == 507
