"""Exports: streamed, exact, safe to open elsewhere."""

import csv
import io
import json
import os
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ai_sessions.conversations import forking
from ai_sessions.errors import StorageError
from ai_sessions.index import Index
from ai_sessions.index.calls import Wanted, by
from ai_sessions.records import (
    About,
    Change,
    Cost,
    Interaction,
    Message,
    Note,
    Pin,
    Said,
    Summary,
    ToolCall,
    Usage,
)
from ai_sessions.sessions import export
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

AT = "2026-11-01T10:00:00.000Z"


def call(number: int, text: str = "Do it", **more) -> Interaction:
    facts = {
        "id": str(number),
        "at": AT,
        "provider": "claude",
        "model": "m",
        "messages": (Message("user", text, AT),),
        "usage": Usage(10, 5, 4),
        "cost": Cost(1_500_000, "client"),
    }
    return Interaction(**{**facts, **more})


@pytest.fixture
def store():
    store = MemoryStore()
    store.ensure("plan-a", About("plan", "a", "/home/me/shop"))
    return store


def exported(store, **wanted) -> str:
    parts: list[str] = []
    export.export(store, export.Wanted(**wanted), parts.append)
    return "".join(parts)


def test_calls_messages_and_notes_stand_side_by_side(store):
    store.append("plan-a", [call(1), Said(Message("user", "hello")), Note("todo", {"task": "T1"})])
    [found] = json.loads(exported(store))

    assert [one["cost"] for one in found["interactions"]] == [0.0015]
    assert [one["text"] for one in found["messages"]] == ["hello"]
    assert [one["body"] for one in found["notes"]] == [{"task": "T1"}]
    assert [one["seq"] for key in ("interactions", "messages", "notes") for one in found[key]] == [
        1,
        2,
        3,
    ]


@pytest.mark.parametrize("form", export.FORMS)
def test_an_empty_store_is_an_empty_export(form):
    found = exported(MemoryStore(), form=form)

    assert found == {"json": "[]\n", "jsonl": "", "md": ""}.get(form, found)
    assert len(found.splitlines()) <= 1


def test_the_envelope_is_one_object(store):
    found = json.loads(exported(store, envelope=True))

    assert (found["schema"], [one["name"] for one in found["sessions"]]) == (1, ["plan-a"])


def test_lines_are_one_session_each(store):
    store.ensure("plan-b", About())
    found = [json.loads(line) for line in exported(store, form="jsonl").splitlines()]

    assert [one["name"] for one in found] == ["plan-a", "plan-b"]


def test_only_calls_since_a_moment(store):
    store.append("plan-a", [call(1), call(2, at="2026-11-05T00:00:00.000Z")])
    [found] = json.loads(exported(store, names=("plan-a",), since="2026-11-02"))

    assert [one["id"] for one in found["interactions"]] == ["2"]


def test_a_span_of_time_has_the_calls_that_stats_counts_in_it(store):
    times = (
        "2026-11-01T00:30:00+02:00",
        "2026-10-31T23:59:59.999Z",
        "2026-11-01T00:00:00Z",
        "soon",
    )
    store.append("plan-a", [call(number, at=at) for number, at in enumerate(times)])
    store.ensure("plan-b", About())
    span = {"since": "2026-10-31T00:00:00.000Z", "until": "2026-11-01T00:00:00.000Z"}
    [found] = json.loads(exported(store, **span))
    wanted = Wanted(*(datetime.fromisoformat(one) for one in span.values()))

    assert [one["id"] for one in found["interactions"]] == ["0", "1"]
    assert by(Index(store.source()), "session", wanted).answer["plan-a"]["interactions"] == 2


@pytest.mark.parametrize("task", ["=cmd()", "+1", "-1", "@x", "\tx"])
def test_a_cell_that_looks_like_a_formula_is_defused(store, task):
    store.append("plan-a", [call(1, task=task)])
    [row] = csv.DictReader(io.StringIO(exported(store, form="csv")))

    assert row["task"] == f"'{task}"
    assert (row["cost"], row["input_tokens"], row["feature"]) == ("0.0015", "10", "a")


def test_an_unknown_price_is_null_and_an_empty_cell(store):
    store.append("plan-a", [call(1, cost=Cost())])

    assert json.loads(exported(store))[0]["interactions"][0]["cost"] is None
    [row] = csv.DictReader(io.StringIO(exported(store, form="csv")))
    assert row["cost"] == ""


@pytest.mark.parametrize("form", export.FORMS)
def test_redacting_masks_keys_and_the_home_folder(store, form):
    ours, detected = "sk-" + "a1" * 20, "sk_" + "live_" + "a1" * 12
    store.append("plan-a", [call(1, f"keys {ours} {detected}, see /home/me/shop/x")])
    found = exported(store, form=form, home="/home/me")

    assert "/home/me" not in found
    assert ours not in found
    assert detected not in found
    assert "~/shop" in found


def test_redacting_leaves_json_whole_whatever_is_masked(store):
    text = '-----BEGIN PRIVATE KEY-----\nabc"}]'
    store.append("plan-a", [call(1, text)])

    assert json.loads(exported(store, home="/home/me"))[0]["interactions"]


def test_markdown_is_the_conversation(store):
    store.append("plan-a", [call(1, "Plan it", task="T1.1", status="timeout")])
    page = exported(store, form="md")

    assert page.startswith("# Session: plan-a\n")
    assert "**Call:** T1.1 · m · " in page
    assert page.endswith(" · $0.0015 · failed: timeout\n\n")
    assert "## Message 1 - User\n" in page
    assert "\n\n> Plan it\n" in page


def test_a_long_session_takes_no_more_memory_than_a_short_one(tmp_path: Path):
    store = FileStore(tmp_path / "s", fsync="none")
    store.ensure("plan-a", About())
    for number in range(20):
        store.append("plan-a", [call(number * 100 + each, "x" * 5000) for each in range(100)])
    tracemalloc.start()
    export.export(store, export.Wanted(), lambda _text: None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (tmp_path / "s" / "plan-a" / "journal.jsonl").stat().st_size > 10_000_000
    assert peak < 3_000_000


@pytest.mark.parametrize("form", export.FORMS)
def test_a_session_that_goes_away_meanwhile_leaves_the_rest_whole(tmp_path, form):
    store = FileStore(tmp_path / "s", fsync="none")
    for name in ("plan-a", "plan-b", "plan-c"):
        store.append(name, [call(1, "x")])
    parts: list[str] = []
    export.export(
        store,
        export.Wanted(form=form),
        parts.append,
        lambda name: store.discard(name) if name == "plan-b" else None,
    )

    text = "".join(parts)
    assert ("plan-a" in text, "plan-b" in text, "plan-c" in text) == (True, False, True)
    if form == "json":
        assert len(json.loads(text)) == 2


def test_one_that_cannot_be_read_is_named_and_left_out(tmp_path):
    store = FileStore(tmp_path / "s", fsync="none")
    for name in ("plan-a", "plan-b"):
        store.append(name, [call(1, "x")])
    (tmp_path / "s/plan-a/journal.jsonl").unlink()
    os.mkfifo(tmp_path / "s/plan-a/journal.jsonl")
    parts: list[str] = []
    [problem] = export.export(store, export.Wanted(), parts.append)

    assert problem.startswith("plan-a: ")
    assert "not a regular file" in problem
    assert [one["name"] for one in json.loads("".join(parts))] == ["plan-b"]


def test_a_draft_takes_its_place_only_when_all_went_well(tmp_path):
    target = tmp_path / "out.json"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), export.draft(str(target)) as file:
        file.write("half")
        raise ZeroDivisionError

    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_draft_in_a_folder_that_is_not_there_is_a_storage_error(tmp_path):
    folder = tmp_path / "no"
    with pytest.raises(StorageError, match=f"^{folder}: No such"), export.draft(str(folder / "x")):
        pass


def test_a_draft_that_cannot_take_its_place_names_the_place(tmp_path):
    place = tmp_path / ("n" * 300)
    named = pytest.raises(StorageError, match=f"^{place}: File name too long")
    with named, export.draft(str(place)) as file:
        file.write("x")

    assert list(tmp_path.iterdir()) == []


def test_a_device_is_written_to_directly():
    with export.draft("/dev/null") as file:
        file.write("gone")

    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("form", ["csv", "md"])
def test_nothing_that_is_exported_for_people_steers_a_terminal(tmp_path, form):
    store = FileStore(tmp_path / "sessions", fsync="none")
    evil = "\x1b[2J\x9b31m\x07\u202eevil"
    said = (Message("assistant", f"{evil}\n\tnext"),)
    store.append("chat", [Interaction("i", AT, "claude", evil, said, task=evil)])
    pieces = []
    export.export(store, export.Wanted(form=form), pieces.append)
    text = "".join(pieces)

    assert "evil" in text
    assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(text)


def test_a_conversation_tells_what_it_is_and_all_that_was_said(everything):
    found = {one["name"]: one for one in json.loads(exported(everything(MemoryStore())))}
    bot = found["bot"]

    assert (bot["kind"], bot["title"], bot["interface"], bot["conversation_id"]) == (
        "chat",
        "Digging",
        "telegram",
        "42",
    )
    assert (bot["token_limit"], bot["expires_in_ms"]) == (4000, 86_400_000)
    assert (bot["description"], bot["tags"], bot["state"]) == (
        "about a garden",
        ["garden"],
        {"who": "Ann"},
    )
    assert bot["pins"]["rule"]["message"] == bot["messages"][0]["message_id"] == "1.0"
    assert bot["messages"][1]["tool_calls"] == [{"id": "c1", "name": "dig", "arguments": {"m": 2}}]
    assert (bot["messages"][2]["tool_call_id"], bot["messages"][2]["is_error"]) == ("c1", True)
    assert bot["messages"][0]["tokens_source"] == "estimate"
    assert bot["messages"][0]["metadata"] == {"from": {"id": 7}}
    assert [one["id"] for one in bot["interactions"][0]["messages"]] == ["5.0", "5.1"]
    assert [(one["covers_from"], one["covers_to"]) for one in bot["summaries"]] == [(1, 5)]
    assert [one["reason"] for one in bot["segments"]] == ["threshold"]
    assert [(one["key"], one["text"]) for one in bot["remembered"]] == [
        ("rule", "Never dig"),
        ("x", "y"),
        ("x", None),
    ]
    assert "calling" not in {one["key"] for one in bot["changes"]}


def test_a_fork_names_its_parent_and_alone_has_what_it_shares(everything):
    store = everything(MemoryStore())
    [alone] = json.loads(exported(store, names=("fork",)))
    both = json.loads(exported(store, names=("fork", "bot")))
    uid = store.read("bot").uid

    assert alone["parent"] == {"name": "bot", "uid": uid, "seq": 5, "number": 0}
    assert [one["text"] for one in alone["past"]] == ["How warm is it?", "", "frost", "And now?"]
    assert alone["past"][0]["id"] == f"{uid}:1.0"
    assert [one["text"] for one in alone["messages"]] == ["Instead, plant."]
    assert all("past" not in one for one in (*both, *json.loads(exported(store))))


def test_the_past_of_a_fork_is_on_its_page(everything):
    store = everything(MemoryStore())
    page = exported(store, names=("fork",), form="md")

    assert "**Fork of:** bot" in page
    assert page.index("How warm is it?") < page.index("Instead, plant.")
    assert "How warm" not in exported(store, form="md").partition("# Session: fork")[2]


def test_a_fork_whose_parent_is_gone_is_exported_without_what_it_shared(everything):
    store = everything(MemoryStore())
    store.discard("bot")
    [alone] = json.loads(exported(store, names=("fork",)))

    assert "past" not in alone
    assert alone["parent"]["name"] == "bot"


def test_rows_say_which_conversation_they_are_of(everything):
    rows = list(csv.DictReader(io.StringIO(exported(everything(MemoryStore()), form="csv"))))

    assert [(one["session"], one["kind"], one["title"], one["tags"]) for one in rows] == [
        ("bot", "chat", "Digging", "garden")
    ]
    assert (rows[0]["interface"], rows[0]["conversation_id"], rows[0]["parent"]) == (
        "telegram",
        "42",
        "",
    )


@pytest.mark.parametrize("form", ["json", "jsonl", "md"])
def test_redacting_reaches_every_part_of_a_conversation(form):
    """Also under keys that in entries of ours are never words, such as id and status."""
    key, home = "sk_" + "live_" + "a1" * 12, "/home/me/x"
    store = MemoryStore()
    store.ensure("chat", About(kind="chat", title=f"about {key}", external_user_id=home))
    call = ToolCall("c1", "run", {"id": key, "status": home, "tokens": [key], home: 1})
    said = Message("assistant", "", tool_calls=(call,), metadata={"at": key, "role": home})
    store.append("chat", [Said(said), Change("state.type", {"uid": key, "by_model": home})])
    store.append("chat", [Pin("a", key, reason=home), Change("description", f"see {home}")])
    store.append("chat", [Note("x", {"ts": key}), Change("title", f"of {key}")])
    store.append("chat", [Summary(f"uses {key}", 1, items=({"type": key},), detail={"id": home})])
    forked = forking.fork(store, "chat", "fork", datetime(2026, 11, 1, tzinfo=UTC)).name
    found = exported(store, form=form, home="/home/me") + exported(
        store, names=(forked,), form=form, home="/home/me"
    )

    assert key not in found
    assert "/home/me" not in found
