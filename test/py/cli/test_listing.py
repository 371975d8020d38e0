"""Long lists are written while they are read, and end in one document or one clear line."""

import io
import json
import re
from datetime import UTC, datetime

import pytest

from ai_sessions.cli import listing
from ai_sessions.cli.output import Output
from ai_sessions.index import Index, sessions
from ai_sessions.records import About
from ai_sessions.store.files import FileStore


@pytest.fixture
def many(root):
    """Seven sessions, all of them in an index."""
    store = FileStore(root, fsync="none")
    for number in range(7):
        store.ensure(f"chat-{number}", About())
    sessions.rows(Index(store.source(), str(root), worthwhile=0))


@pytest.mark.parametrize("group", [1, 3, 7, 1000])
def test_groups_of_any_size_are_one_document(cli, many, monkeypatch, group):
    monkeypatch.setattr(listing, "_GROUP", group)
    found = json.loads(cli("list", "--json").out)
    lines = cli("list").out.splitlines()

    assert {row["name"] for row in found["sessions"]} == {f"chat-{n}" for n in range(7)}
    assert [line.split("\t")[0] for line in lines[1:]] == [row["name"] for row in found["sessions"]]


def test_no_session_at_all_is_an_empty_document(cli, root):
    answer = cli("list", "--json")

    assert json.loads(answer.out) == {"schema": 1, "ok": True, "sessions": []}
    assert "no sessions yet" in answer.err


def test_an_error_half_way_is_one_line_and_no_second_document(cli, many, monkeypatch):
    monkeypatch.setattr(listing, "_GROUP", 1)
    broken = "select row, '' from public union all select abs(1 << 63), ''"
    monkeypatch.setattr(sessions, "_TEXTS", broken)
    answer = cli("list", "--json")

    assert answer.code == 11
    assert answer.err.splitlines() == [
        "error: the index of sessions: integer overflow",
        "hint: run it again",
    ]
    assert answer.out.count('"schema"') == 1
    with pytest.raises(ValueError, match="delimiter"):
        json.loads(answer.out)


def test_a_newer_store_is_told_in_one_line_and_not_written(cli, many, root):
    for path in root.glob("chat-*/*.json*"):
        path.write_text(re.sub('"(schema|store)":2', r'"\1":3', path.read_text()))
    before = {path: path.read_bytes() for path in root.glob("chat-*/*.json*")}
    told = "7 sessions: made by a newer version: read-only here"

    for command in (["list"], ["list", "--sort", "name"], ["stats"], ["list", "--json"]):
        answer = cli(*command)
        assert (answer.code, answer.err.splitlines()) == (0, [told])
    answer = cli("pin", "chat-3")
    assert (answer.code, answer.err.splitlines()) == (
        3,
        [
            "error: session chat-3 was made by a newer version, so it is read-only here",
            "hint: update ai-sessions, or use another session name",
        ],
    )
    assert {path: path.read_bytes() for path in root.glob("chat-*/*.json*")} == before


def test_a_few_sessions_are_named_in_notes(cli, many, root):
    for number in (2, 5):
        path = root / f"chat-{number}/journal.jsonl"
        path.write_text(path.read_text() + "torn\n")

    assert cli("list").err.splitlines() == [
        "chat-2: 1 damaged line skipped",
        "chat-5: 1 damaged line skipped",
    ]


def test_a_pipe_has_kind_and_title_behind_the_columns_there_were(cli, root):
    store = FileStore(root, fsync="none", now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    store.ensure("talk", About(title="Weather", expires_in_ms=1000))
    store.ensure("plan-x", About("plan", "x"))
    head, *lines = cli("list").out.splitlines()
    rows = {line.split("\t")[0]: line.split("\t") for line in lines}

    assert head.split("\t")[-3:] == ["project", "kind", "title"]
    assert rows["talk"][-2:] == ["chat", "Weather"]
    assert rows["talk"][1] == "expired"
    assert rows["plan-x"][-2:] == ["work", ""]
    assert json.loads(cli("list", "--json", "--kind", "chat").out)["sessions"][0]["kind"] == "chat"


@pytest.mark.parametrize(
    ("about", "columns"), [(About("plan", "x"), 0), (About(), 1), (About(title="T"), 2)], ids=str
)
def test_a_table_has_columns_of_chats_only_where_they_say_something(root, about, columns):
    store = FileStore(root, fsync="none")
    store.ensure("talk", about)
    out = Output(stdout=io.StringIO())
    rows = listing.read(listing.index_at(str(root)), out, None)
    head = listing._table(rows, out, True).splitlines()[0]

    assert sum(name in head for name in ("KIND", "TITLE")) == columns


def test_only_conversations_whose_time_is_over(cli, store):
    store.ensure("old", About(kind="chat", expires_in_ms=0))
    store.ensure("young", About(kind="chat", expires_in_ms=10**15))
    names = [line.split("\t")[0] for line in cli("list", "--expired").out.splitlines()]

    assert names[1:] == ["old"]
