"""Importing an export: nothing lost, nothing twice, nothing strange let in."""

import contextlib
import io
import json
import re
from functools import partial
from pathlib import Path

import pytest

from ai_sessions.errors import ConfigError, LockBusy, UsageError
from ai_sessions.records import About, Change, Cost, Interaction, Message, Note, Resume, Said, Usage
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
