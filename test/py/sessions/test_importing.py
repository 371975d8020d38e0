"""Importing an export: nothing lost, nothing twice, nothing strange let in."""

import contextlib
import io
import json
import re
from functools import partial
from pathlib import Path

import pytest

from ai_sessions.conversations.messages import said
from ai_sessions.errors import ConfigError, LockBusy, UsageError
from ai_sessions.records import (
    About,
    Change,
    Cost,
    Interaction,
    Message,
    Note,
    Pin,
    Resume,
    Said,
    Segment,
    Usage,
)
from ai_sessions.sessions import export, importing, reading
from ai_sessions.sessions.batches import batches
from ai_sessions.store.files import FileStore

AT = "2026-11-01T10:00:00.000Z"


def store_in(folder: Path):
    """A `StoreAt` for a store in `folder`."""

    def at(moment):
        return FileStore(folder, fsync="none", **({"now": lambda: moment} if moment else {}))

    return at


@pytest.fixture
def text(tmp_path):
    """An export of one session with everything in it."""
    store = FileStore(tmp_path / "a", fsync="none")
    store.ensure("plan-a", About("plan", "a", "/home/me/shop"))
    call = Interaction(
        id="i1",
        at=AT,
        provider="claude",
        model="m",
        messages=(Message("user", "x", AT), Message("assistant", "y", AT)),
        usage=Usage(10, 5, 4, 3, 2, 1),
        cost=Cost(7, "client"),
        resume=Resume("r1", "m", "/home"),
        task="T1.1",
        detail={"turns": 3},
    )
    store.append("plan-a", [call, Said(Message("user", "hello", AT), "s1")])
    store.append("plan-a", [Note("todo", {"task": "T1"}, AT), Change("pinned", True, AT)])
    store.append("plan-a", [Change("tags", ["keep"], AT), Change("status", "done", AT)])
    return exported(store)


def exported(store) -> str:
    parts: list[str] = []
    export.export(store, export.Wanted(), parts.append)
    return "".join(parts)


def without_places(text: str) -> list[dict]:
    """What was exported, in its order, less the numbers of entries: each log has its own."""
    return json.loads(text, object_hook=lambda one: {k: one[k] for k in one if k != "seq"})


def brought(text: str, folder: Path, at=None) -> list[importing.Imported]:
    found = reading.sessions(io.StringIO(text), io.BytesIO)
    return [importing.bring_in(one, at or store_in(folder)) for one in found]


def test_what_was_exported_comes_back_whole(text, tmp_path):
    [came] = brought(text, tmp_path / "b")
    after = exported(store_in(tmp_path / "b")(None))

    assert (came.name, came.added) == ("plan-a", 3)
    assert without_places(after) == without_places(text)


def test_importing_twice_changes_nothing(text, tmp_path):
    brought(text, tmp_path / "b")
    before = exported(store_in(tmp_path / "b")(None))

    assert [one.added for one in brought(text, tmp_path / "b")] == [0]
    assert exported(store_in(tmp_path / "b")(None)) == before


def test_only_what_is_new_comes_in(text, tmp_path):
    brought(text, tmp_path / "b")
    found = json.loads(text)
    found[0]["interactions"].append({**found[0]["interactions"][0], "id": "i2", "seq": 99})

    assert [one.added for one in brought(json.dumps(found), tmp_path / "b")] == [1]


def test_another_session_of_the_same_name_is_left_alone(text, tmp_path):
    store_in(tmp_path / "b")(None).ensure("plan-a", About())

    with pytest.raises(UsageError, match="another session is called plan-a"):
        brought(text, tmp_path / "b")


@pytest.mark.parametrize("wrap", [lambda one: {"sessions": one}, lambda one: one[0]])
def test_the_envelope_and_a_single_session_are_taken(text, tmp_path, wrap):
    assert len(brought(json.dumps(wrap(json.loads(text))), tmp_path / "b")) == 1


def test_what_is_left_of_a_session_that_was_never_made_is_nobodys(text, tmp_path):
    store_in(tmp_path / "b")(None).ensure("plan-a", About())
    journal = tmp_path / "b/plan-a/journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:40])
    (tmp_path / "b/plan-a/metadata.json").unlink()

    assert brought(text, tmp_path / "b")[0].added == 3


def test_json_lines_are_taken(text, tmp_path):
    one = json.loads(text)[0]
    lines = f"{json.dumps(one)}\n\n{json.dumps({**one, 'name': 'plan-b'})}\n"

    assert [came.name for came in brought(lines, tmp_path / "b")] == ["plan-a", "plan-b"]


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "[1]",
        '[{"x": 1}]',
        '{"name": 1}',
        '{"name":"a"}\n{broken',
        '[{"name":"a","interactions":5}]',
        '[{"name":"a","notes":{"x":1}}]',
        "[" * 100_000,
        '{"name":"a","interactions":' + "[" * 100_000,
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_export_is_refused(text, tmp_path):
    with pytest.raises(ConfigError):
        brought(text, tmp_path / "b")


def test_a_list_that_is_null_is_an_empty_one(tmp_path):
    assert brought('{"name":"a","interactions":null}', tmp_path / "b")[0].added == 0


@pytest.mark.parametrize("ident", ["--dangerously-skip-permissions", "a b", "", "x" * 200])
def test_a_conversation_that_would_be_an_option_of_the_agent_is_not_taken(text, tmp_path, ident):
    found = json.loads(text)
    found[0]["resume"]["claude"]["id"] = found[0]["interactions"][0]["resume"]["id"] = ident
    brought(json.dumps(found), tmp_path / "b")

    session = store_in(tmp_path / "b")(None).read("plan-a")
    assert (session.totals.interactions, session.resume) == (1, {})


@pytest.mark.parametrize("name", ["../x", "", ".hidden", "a/b"])
def test_a_name_that_leads_elsewhere_is_refused(text, tmp_path, name):
    found = json.loads(text)
    found[0]["name"] = name
    with pytest.raises(UsageError):
        brought(json.dumps(found), tmp_path / "b")

    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    "damage", [{"cost_nusd": "free"}, {"cost_nusd": -1}, {"tokens": {"input": -1}}]
)
def test_a_damaged_call_is_refused_before_anything_is_written(text, tmp_path, damage):
    found = json.loads(text)
    found[0]["interactions"][0] |= damage
    with pytest.raises(ConfigError, match="a damaged entry"):
        brought(json.dumps(found), tmp_path / "b")

    assert not (tmp_path / "b").exists()


class Killed(Exception):
    pass


def dying(folder: Path, appends: int):
    """A `StoreAt` whose stores are killed after so many writes, in the middle of the next one."""
    left = [appends]

    class Dying(FileStore):
        def append(self, name, entries, *given, **named):
            left[0] -= 1
            if left[0] >= 0:
                return super().append(name, entries, *given, **named)
            super().append(name, entries[: len(entries) // 2], *given, **named)
            raise Killed

    return lambda moment: Dying(folder, fsync="none", now=lambda: moment)


@pytest.mark.parametrize("appends", range(6))
def test_an_import_that_was_cut_is_completed_by_the_next_one(text, tmp_path, monkeypatch, appends):
    monkeypatch.setattr(importing, "batches", partial(batches, most=2))
    brought(text, tmp_path / "whole")
    with contextlib.suppress(Killed):
        brought(text, tmp_path / "b", dying(tmp_path / "b", appends))
    brought(text, tmp_path / "b")

    assert exported(store_in(tmp_path / "b")(None)) == exported(store_in(tmp_path / "whole")(None))


def test_what_was_changed_after_a_cut_stays(text, tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "batches", partial(batches, most=2))
    with pytest.raises(Killed):
        brought(text, tmp_path / "b", dying(tmp_path / "b", 1))
    there = store_in(tmp_path / "b")(None)
    there.append("plan-a", [Change("status", "active", AT)])
    brought(text, tmp_path / "b")

    assert there.read("plan-a").status == "active"
    assert there.read("plan-a").tags == ("keep",)


def test_an_older_export_of_our_own_session_reverts_nothing(text, tmp_path):
    store = store_in(tmp_path / "a")(None)
    changes = [Change("status", "active"), Change("tags", []), Change("pinned", False)]
    store.append("plan-a", [*changes, Change("resume.claude", Resume("newer"))])
    before = exported(store)

    assert [one.added for one in brought(text, tmp_path / "a")] == [0]
    assert exported(store) == before


def test_another_export_of_a_session_that_came_in_whole_changes_no_facts(text, tmp_path):
    brought(text, tmp_path / "b")
    found = json.loads(text)
    found[0] |= {"status": "blocked", "tags": ["older"]}
    brought(json.dumps(found), tmp_path / "b")

    there = store_in(tmp_path / "b")(None).read("plan-a")
    assert (there.status, there.tags) == ("done", ("keep",))


def called(number, conversation):
    at = AT.replace("10:00", f"10:0{number}")
    return Interaction(f"c{number}", at, "claude", "m", (), resume=Resume(conversation))


def test_the_later_call_tells_how_to_continue_wherever_it_was_made(tmp_path):
    here, there = store_in(tmp_path / "a")(None), store_in(tmp_path / "b")(None)
    here.append("chat", [called(1, "one")])
    brought(exported(here), tmp_path / "b")
    here.append("chat", [called(2, "two")])
    before = exported(here)
    brought(before, tmp_path / "b")
    assert there.read("chat").resume["claude"].id == "two"

    there.append("chat", [called(4, "four")])
    here.append("chat", [called(3, "three")])
    brought(exported(here), tmp_path / "b")
    assert there.read("chat").totals.interactions == 4
    assert there.read("chat").resume["claude"].id == "four"


def test_entries_of_our_own_session_that_have_no_id_are_not_added_again(tmp_path):
    store = store_in(tmp_path / "a")(None)
    store.ensure("chat", About())
    store.append("chat", [Note("todo", {}, AT), Said(Message("user", "hi"))])
    journal = tmp_path / "a" / "chat" / "journal.jsonl"  # as an early version wrote it
    journal.write_text(re.sub(r'"id":"[^"]+",', "", journal.read_text()))
    text = exported(store)

    assert [one.added for one in brought(text, tmp_path / "a")] == [0]
    assert [one.added for one in brought(text, tmp_path / "b")] == [2]
    assert [one.added for one in brought(text, tmp_path / "b")] == [0]


def test_an_import_waits_for_whoever_talks_in_the_session(text, tmp_path):
    with store_in(tmp_path / "a")(None).turn("plan-a", 0), pytest.raises(LockBusy):
        brought(text, tmp_path / "a")


def test_two_imports_at_once_add_nothing_twice(text, tmp_path):
    other = []

    def at(moment):
        store = store_in(tmp_path / "b")(moment)
        if not other:  # just before ours begins to write
            other.append(True)
            brought(text, tmp_path / "b")
        return store

    for found in reading.sessions(io.StringIO(text), io.BytesIO):
        importing.bring_in(found, at)
    [told] = json.loads(exported(store_in(tmp_path / "b")(None)))

    assert [len(told[key]) for key in ("interactions", "messages", "notes")] == [1, 1, 1]


def test_an_empty_session_can_be_imported_twice(tmp_path):
    source = FileStore(tmp_path / "a", fsync="none")
    source.ensure("chat", About())
    for _ in range(2):
        [came] = brought(exported(source), tmp_path / "b")

    assert came.added == 0


def test_what_a_conversation_carries_over_comes_along(tmp_path):
    source = FileStore(tmp_path / "a", fsync="none")
    spent = {"sonnet": {"costUSD": 12.5}}
    source.append("chat", [Change("resume.claude", Resume("abc", "sonnet", "/x", spent))])
    brought(exported(source), tmp_path / "b")

    assert store_in(tmp_path / "b")(None).read("chat").resume["claude"].carry == spent


def test_sums_of_lost_calls_come_along(tmp_path):
    source = FileStore(tmp_path / "a", fsync="none")
    source.append("chat", [Interaction("i1", AT, "claude", "m", (), cost=Cost(7, "client"))])
    (tmp_path / "a" / "chat" / "journal.jsonl").unlink()
    source.append("chat", [Note("x", {})])
    brought(exported(source), tmp_path / "b")
    there = store_in(tmp_path / "b")(None).read("chat")

    assert (there.totals.interactions, there.totals.cost_nusd, there.bad_lines) == (1, 7, 0)


def test_facts_that_changed_since_come_in_and_old_ones_do_not_come_back(text, tmp_path):
    brought(text, tmp_path / "b")
    there = store_in(tmp_path / "b")(None)
    there.append("plan-a", [Change("status", "active"), Change("resume.claude", Resume("newer"))])
    brought(text, tmp_path / "b")

    assert there.read("plan-a").status == "active"
    assert there.read("plan-a").resume["claude"].id == "newer"


def export_of(store, *names: str) -> str:
    parts: list[str] = []
    export.export(store, export.Wanted(names), parts.append)
    return "".join(parts)


def take_in(text: str, store) -> list[importing.Imported]:
    found = reading.sessions(io.StringIO(text), io.BytesIO)
    return [importing.bring_in(one, lambda _moment: store) for one in found]


def test_a_conversation_with_everything_comes_back_equal(everything, store_at):
    text = export_of(everything(store_at("a")))
    take_in(text, store_at("b"))

    assert json.loads(export_of(store_at("b"))) == json.loads(text)


def test_messages_state_and_views_are_told_as_before(everything, store_at):
    before, after = everything(store_at("a")), store_at("b")
    take_in(export_of(before), after)

    for name in before.names():
        assert said(after, name) == said(before, name)
        assert [one.id for one in said(after, name)] == [one.id for one in said(before, name)]
    first, second = before.read("bot"), after.read("bot")
    assert (second.about, second.state, second.pins) == (first.about, first.state, first.pins)
    assert (second.summary_seq, second.segment_seq) == (first.summary_seq, first.segment_seq)
    assert (second.calling, second.totals) == ({}, first.totals)


def test_a_conversation_that_comes_in_twice_gets_nothing_more(everything, store_at):
    text = export_of(everything(store_at("a")))
    take_in(text, store_at("b"))
    lasts = [store_at("b").read(name).last_seq for name in ("bot", "fork", "other")]

    assert [one.added for one in take_in(text, store_at("b"))] == [0, 0, 0]
    assert [store_at("b").read(name).last_seq for name in ("bot", "fork", "other")] == lasts


@pytest.mark.parametrize("appends", range(0, 30, 3))
def test_a_conversation_that_was_cut_is_completed(everything, tmp_path, monkeypatch, appends):
    monkeypatch.setattr(importing, "batches", partial(batches, most=1))
    text = export_of(everything(FileStore(tmp_path / "a", fsync="none")))
    with contextlib.suppress(Killed):
        brought(text, tmp_path / "b", dying(tmp_path / "b", appends))
    brought(text, tmp_path / "b")

    assert json.loads(exported(store_in(tmp_path / "b")(None))) == json.loads(text)


def test_views_stay_out_where_somebody_wrote_into_what_was_cut(everything, tmp_path, monkeypatch):
    """They would cover what was written, which they do not tell."""
    monkeypatch.setattr(importing, "batches", partial(batches, most=1))
    text = export_of(everything(FileStore(tmp_path / "a", fsync="none")), "bot")
    with pytest.raises(Killed):
        brought(text, tmp_path / "b", dying(tmp_path / "b", 2))
    there = store_in(tmp_path / "b")(None)
    there.append("bot", [Said(Message("user", "meanwhile")), Change("state.who", "Bob")])
    brought(text, tmp_path / "b")

    session = there.read("bot")
    assert (session.summary_seq, session.segment_seq) == (-1, -1)
    assert [one.text for one in said(there, "bot")].count("meanwhile") == 1
    assert session.totals.messages == 8
    assert (session.state, session.pins["rule"].text) == ({"who": "Bob"}, "Never dig")
    assert (session.about.title, session.tags) == ("Digging", ("garden",))


def test_a_session_that_is_there_gets_what_was_said_and_keeps_its_views(everything, store_at):
    source, there = everything(store_at("a")), store_at("b")
    take_in(export_of(source, "bot"), there)
    source.append("bot", [Said(Message("user", "more")), Change("state.who", "Eve")])
    source.append("bot", [Segment("clear"), Pin("new", "pin")])
    before = there.read("bot")
    [came] = take_in(export_of(source, "bot"), there)
    after = there.read("bot")

    assert came.added == 1
    assert said(there, "bot")[-1].text == "more"
    assert (after.state, after.pins, after.segment_seq) == (
        before.state,
        before.pins,
        before.segment_seq,
    )


def test_an_export_without_changes_tells_the_facts_alone(everything, store_at):
    """As versions wrote it that knew conversations and no lists of them."""
    source = everything(store_at("a"))
    [found] = json.loads(export_of(source, "bot"))
    for key in ("changes", "remembered", "summaries", "segments"):
        del found[key]
    take_in(json.dumps(found), store_at("b"))
    before, after = source.read("bot"), store_at("b").read("bot")

    assert (after.about, after.state, after.links) == (before.about, before.state, before.links)
    assert (after.description, after.tags) == (before.description, before.tags)
    assert after.pins["rule"].text == "Never dig"


@pytest.mark.parametrize("key", ["calling", "carried", "last_used", "owner", "resume.claude"])
def test_a_file_does_not_say_what_only_this_program_notes(everything, store_at, key):
    [found] = json.loads(export_of(everything(store_at("a")), "bot"))
    number = found["changes"][0]["seq"]
    value = {"id": "--yes", "project": "/x"} if key != "carried" else 9
    found["changes"][0] |= {"key": key, "value": value if key != "last_used" else "2099"}
    take_in(json.dumps([found]), store_at("b"))
    session, entries = store_at("b").read("bot"), store_at("b").plain_entries("bot")

    assert (session.calling, session.about.project) == ({}, "")
    assert session.last_used < "2099"
    assert "claude" not in session.resume
    assert [one["key"] for one in entries if one["seq"] == number] == ["gap"]


@pytest.mark.parametrize(
    "damage",
    [
        {"parent": "bot"},
        {"parent": {"name": "a", "uid": "b", "seq": -4}},
        {"token_limit": "many"},
        {"expires_in_ms": -1},
        {"title": ["x"]},
        {"kind": "robot"},
        {"pins": ["x"], "state": "x", "links": 3},
    ],
    ids=str,
)
def test_a_fact_of_another_form_is_left_out(everything, store_at, damage):
    [found] = json.loads(export_of(everything(store_at("a")), "bot"))
    take_in(json.dumps([{**found, **damage}]), store_at("b"))
    session = store_at("b").read("bot")

    assert (session.bad_lines, session.totals.messages) == (0, 7)
    assert (session.about.parent, session.kind) == (None, "chat")


def test_a_part_of_a_long_log_is_numbered_anew(store_at):
    """As `export --since` writes it: nobody wants 10,000 entries that say nothing."""
    source = store_at("a")
    source.append("chat", [Note("x", {}, AT) for _ in range(900)])
    source.append("chat", [Said(Message("user", "late", "2026-11-02T10:00:00.000Z"))])
    parts: list[str] = []
    export.export(source, export.Wanted(since="2026-11-02"), parts.append)
    take_in("".join(parts), store_at("b"))

    assert store_at("b").read("chat").last_seq < 10
    assert [one.text for one in said(store_at("b"), "chat")] == ["late"]
