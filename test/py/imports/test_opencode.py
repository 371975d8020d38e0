"""Calls in opencode's database and in what it exports; a fork's copies counted once."""

import contextlib
import json
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.accounting import pricing
from ai_sessions.imports import SOURCES, cost_of, fresh, opencode
from ai_sessions.money import nano
from ai_sessions.records import Cost, Usage


@pytest.fixture
def database(tmp_path):
    """A database with one session; call the result to add messages."""
    path = tmp_path / ".local/share/opencode/opencode.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("create table session (id text, directory text, version text, parent_id text)")
        db.execute("create table message (id text, session_id text, time_updated int, data text)")
        for id_, parent in (
            ("ses_1", None),
            ("ses_2", None),
            ("sub_1", "ses_1"),
            ("sub_2", "sub_1"),
        ):
            db.execute("insert into session values (?, '/src/shop', '1.18.33', ?)", (id_, parent))
        db.commit()

    def add(id_, data, updated=10, session="ses_1"):
        text = data if isinstance(data, str | None) else json.dumps(data)
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.execute("insert into message values (?,?,?,?)", (id_, session, updated, text))
            db.commit()
        return path

    return add


def _answer(created=1795229486651, **changes):
    answer = {
        "role": "assistant",
        "cost": 0.003,
        "tokens": {
            "input": 100,
            "output": 20,
            "reasoning": 0,
            "cache": {"read": 3000, "write": 400},
        },
        "modelID": "claude-sonnet-4-5",
        "providerID": "anthropic",
        "time": {"created": created, "completed": created + 4244},
    }
    return {**answer, **changes}


def test_a_recorded_export_gives_its_calls(recorded):
    exported = json.loads(recorded("opencode-export.json"))

    calls = opencode.exported(exported)

    assert {past.usage for past in calls} == {Usage(3500, 20, 3000, 400)}
    assert {past.model for past in calls} == {"anthropic/claude-sonnet-4-5"}
    assert {past.session for past in calls} == {"ses_e03fbfc6dffeYI8QQlvC4VRcCs"}
    assert _sums(calls) == (exported["info"]["tokens"]["output"], nano(exported["info"]["cost"]))


def test_the_recorded_answers_are_the_same_in_a_database(recorded, database):
    exported = json.loads(recorded("opencode-export.json"))
    for message in exported["messages"]:
        path = database(message["info"]["id"], message["info"])

    found = opencode.read(path, {})

    same = opencode.exported(exported)
    assert [past.id for past in found.calls] == [past.id for past in same]
    assert found.calls[0].at == "2026-11-21T02:51:30.895Z"
    assert len({past.id for past in found.calls}) == 4


def _sums(calls):
    tokens = sum(past.usage.output_tokens for past in calls)
    return tokens, sum(past.cost.nusd for past in calls)


@pytest.mark.parametrize("document", [{}, {"info": {"id": "x"}}, {"messages": []}])
def test_what_is_no_export_is_refused(document):
    with pytest.raises(ValueError, match="not an export of opencode"):
        opencode.exported(document)


def test_only_what_was_written_since_is_read(database):
    path = database("m1", _answer(1), updated=5)
    first = opencode.read(path, {})
    database("m2", _answer(2), updated=5)
    database("m3", _answer(3), updated=7)
    seen = {past.id for past in first.calls}

    second = opencode.read(path, first.state)

    assert len(first.calls) == 1
    assert len(list(fresh(second.calls, seen))) == 2
    assert second.state["updated"] == 7
    assert opencode.read(path, second.state).calls == ()


def test_an_answer_that_is_being_written_is_counted_when_it_is_complete(database):
    path = database("m1", _answer(time={"created": 5}), updated=5)
    first = opencode.read(path, {})
    database("m1", _answer(), updated=9)

    assert first.calls == ()
    assert len(opencode.read(path, first.state).calls) == 1


def test_what_is_being_written_in_another_process_comes_with_the_next_look(database):
    path = database("m1", _answer(), updated=100_000)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("pragma journal_mode=wal")
        writer.execute("begin immediate")
        late = json.dumps(_answer(created=1795229400000))
        writer.execute("insert into message values ('m2', 'ses_1', 99000, ?)", (late,))

        during = opencode.read(path, {})
        writer.execute("commit")
        after = opencode.read(path, during.state)

    assert len(during.calls) == 1
    assert len(list(fresh([*during.calls, *after.calls], set()))) == 2


def test_what_a_fork_copies_is_counted_once(database):
    database("m1", _answer())
    path = database("m2", _answer(), session="ses_2")

    found = list(fresh(opencode.read(path, {}).calls, set()))

    assert [past.session for past in found] == ["ses_1"]


@pytest.mark.parametrize(
    ("tokens", "output"),
    [
        ({"input": 10, "output": 20, "reasoning": 5, "total": 35}, 25),
        ({"input": 10, "output": 20, "reasoning": 5, "total": 30}, 20),
        ({"input": 10, "output": 20, "reasoning": 5}, 25),
    ],
)
def test_thoughts_are_output_whether_or_not_they_are_counted_with_it(tokens, output):
    assert opencode.usage(tokens).output_tokens == output


@pytest.mark.parametrize("session", ["sub_1", "sub_2", "ses_1"])
def test_a_sub_agents_calls_are_those_of_the_session_that_it_works_for(database, session):
    (past,) = opencode.read(database("m1", _answer(), session=session), {}).calls

    assert past.session == "ses_1"


def test_a_database_that_tells_no_parents_is_read(database):
    path = database("m1", _answer())
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("alter table session drop column parent_id")

    assert [past.session for past in opencode.read(path, {}).calls] == ["ses_1"]


def test_a_price_of_0_is_no_price_and_the_table_is_asked(database):
    path = database("m1", _answer(cost=0))
    (past,) = opencode.read(path, {}).calls

    assert past.cost == Cost()
    cost = cost_of(past, pricing.price_of)
    assert cost.nusd == 100 * 3_000 + 3000 * 300 + 400 * 3_750 + 20 * 15_000
    assert cost.source.startswith("prices:")


def test_a_price_that_the_log_has_is_kept(database):
    (past,) = opencode.read(database("m1", _answer()), {}).calls

    assert cost_of(past, pricing.price_of) == past.cost


@pytest.mark.parametrize(
    "data",
    [None, "", "{", "[]", _answer(tokens={"input": "x"}), _answer(time={"completed": "soon"})],
)
def test_a_message_that_cannot_be_read_is_counted_and_the_others_are_read(database, data):
    database("m1", data)
    found = opencode.read(database("m2", _answer()), {})

    assert (len(found.calls), found.bad) == (1, 1)


@pytest.mark.parametrize(
    "data", [{"role": "user"}, _answer(tokens={}), {"role": "assistant", "tokens": None}]
)
def test_what_is_no_answer_is_left_out(database, data):
    found = opencode.read(database("m1", data), {})

    assert (found.calls, found.bad) == ((), 0)


def test_a_file_that_is_no_database_is_an_error_that_names_it(log):
    path = log("no database", name="opencode.db")

    with pytest.raises(OSError, match=r"opencode\.db"):
        opencode.read(path, {})


def test_the_database_is_found_where_the_agent_keeps_it(database, tmp_path):
    path = database("m1", _answer())

    assert list(opencode.files({"HOME": str(tmp_path)})) == [path]
    assert list(opencode.files({"XDG_DATA_HOME": str(path.parents[1])})) == [path]


def test_a_database_that_was_moved_alone_is_found_there(tmp_path):
    path = tmp_path / "elsewhere.db"
    environment = {"HOME": str(tmp_path), "OPENCODE_DB": str(path)}
    assert list(opencode.files(environment)) == []
    path.touch()

    assert list(opencode.files(environment)) == [path]


def test_every_agent_whose_logs_can_be_read_is_listed():
    assert list(SOURCES) == ["claude", "codex", "gemini", "opencode"]
    assert all(source.name == name for name, source in SOURCES.items())


def test_an_input_below_0_does_not_lose_the_call(database):
    tokens = {"input": -423, "output": 30, "cache": {"read": 84_160, "write": 0}}
    (past,) = opencode.read(database("m1", _answer(tokens=tokens, cost=0.03)), {}).calls

    assert past.usage == Usage(84_160, 30, 84_160)
    assert past.cost == Cost(30_000_000, "client")


@pytest.fixture
def storage(tmp_path):
    """Write a message of the JSON storage and get the folder of its session."""
    place = tmp_path / ".local/share/opencode/storage"

    def add(name, data, session="ses_1"):
        folder = place / "message" / session
        folder.mkdir(parents=True, exist_ok=True)
        text = data if isinstance(data, str) else json.dumps(data)
        (folder / f"{name}.json").write_text(text)
        return folder

    about = place / "session/p1/ses_1.json"
    about.parent.mkdir(parents=True)
    about.write_text(json.dumps({"id": "ses_1", "directory": "/src/shop", "version": "1.0.200"}))
    return add


def test_the_json_storage_of_earlier_versions_is_read(storage, database, tmp_path):
    storage("m1", {**_answer(), "id": "m1"})
    folder = storage("m2", {"role": "user"})
    storage("m3", "{")

    path = database("m1", _answer())
    found = opencode.read(folder, {})

    assert list(opencode.files({"HOME": str(tmp_path)})) == [path, folder]
    assert opencode.SOURCE.within(tmp_path) == [path, folder]
    assert [(past.folder, past.session, past.version) for past in found.calls] == [
        ("/src/shop", "ses_1", "1.0.200")
    ]
    assert found.bad == 1
    assert opencode.read(folder, found.state).calls == ()
    moved = opencode.read(path, {})
    assert [past.id for past in moved.calls] == [past.id for past in found.calls]


def test_a_session_that_the_json_storage_lost_still_has_its_calls(storage):
    folder = storage("m1", {**_answer(), "path": {"cwd": "/src/wiki"}}, "ses_9")

    (past,) = opencode.read(folder, {}).calls
    assert (past.session, past.folder) == ("ses_9", "/src/wiki")


_COUNT = st.one_of(st.integers(0, 5000), st.sampled_from([-1, 1.0, "7", None, True, 2**60]))
_WORDS = st.sampled_from(["anthropic", "", None, 5])


@given(
    tokens=st.fixed_dictionaries(
        {"input": _COUNT, "output": _COUNT},
        optional={
            "reasoning": _COUNT,
            "total": _COUNT,
            "cache": st.one_of(st.none(), st.fixed_dictionaries({"read": _COUNT, "write": _COUNT})),
        },
    ),
    ended=st.one_of(st.integers(0, 5 * 10**12), st.sampled_from([None, 1.5, "5"])),
    agent=_WORDS,
    cost=st.sampled_from([0, 0.0, None, False, 0.25, -1]),
    role=st.sampled_from(["assistant", "assistant", "user"]),
    folder=st.sampled_from(["/src/shop", ""]),
)
def test_an_answer_of_the_usual_form_gives_what_any_does(tokens, ended, agent, cost, role, folder):
    info = {"role": role, "tokens": tokens, "time": {"created": 7, "completed": ended}}
    info |= {"providerID": agent, "modelID": "m", "cost": cost, "path": {"cwd": "/src"}}
    session = {"id": "ses_1", "directory": folder, "version": "1"}

    row = opencode._usual(info, session)

    if row is not None:
        assert row == opencode._past(info, session)._replace(past=None)
