"""Importing an export: nothing lost, nothing twice, nothing strange let in."""

import io
import json
from pathlib import Path

import pytest

from ai_sessions.errors import ConfigError, UsageError
from ai_sessions.records import About, Change, Cost, Interaction, Message, Note, Resume, Said, Usage
from ai_sessions.sessions import export, intake
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


def brought(text: str, folder: Path) -> list[intake.Imported]:
    return [intake.bring_in(found, store_in(folder)) for found in intake.read(io.StringIO(text))]


def test_what_was_exported_comes_back_whole(text, tmp_path):
    [came] = brought(text, tmp_path / "b")
    before, after = json.loads(text)[0], json.loads(exported(store_in(tmp_path / "b")(None)))[0]

    assert (came.name, came.added) == ("plan-a", 3)
    assert {**after, "uid": before["uid"]} == before


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
    with pytest.raises(ConfigError, match="damaged interaction"):
        brought(json.dumps(found), tmp_path / "b")

    assert not (tmp_path / "b").exists()


class Killed(Exception):
    pass


@pytest.mark.parametrize("batches", [0, 1, 2])
def test_an_import_that_was_cut_is_completed_by_the_next_one(tmp_path, batches):
    source = FileStore(tmp_path / "a", fsync="none")
    calls = [
        Interaction(f"i{n}", AT, "claude", "m", (), cost=Cost(1, "client")) for n in range(300)
    ]
    source.append("plan-a", [*calls, Note("todo", {"task": "T1"}, AT), Change("tags", ["a"], AT)])
    text = exported(source)

    class Dying(FileStore):
        left = batches

        def append(self, *given):
            if not Dying.left:
                raise Killed
            Dying.left -= 1
            return super().append(*given)

    with pytest.raises(Killed):
        for one in intake.read(io.StringIO(text)):
            intake.bring_in(one, lambda _moment: Dying(tmp_path / "b", fsync="none"))
            raise Killed
    brought(text, tmp_path / "b")
    there = store_in(tmp_path / "b")(None)

    assert there.read("plan-a").totals.interactions == 300
    assert there.read("plan-a").tags == ("a",)
    assert sum(isinstance(entry, Note) for entry in there.entries("plan-a")) == 1


def test_two_imports_at_once_add_nothing_twice(text, tmp_path):
    other = []

    def at(moment):
        store = store_in(tmp_path / "b")(moment)
        if not other:  # just before ours begins to write
            other.append(True)
            brought(text, tmp_path / "b")
        return store

    for found in intake.read(io.StringIO(text)):
        intake.bring_in(found, at)
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
