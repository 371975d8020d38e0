"""What a list shows of the sessions that fit: the same from the index and from the store's rows."""

import itertools
import json

import pytest

from ai_sessions.display import briefs
from ai_sessions.index import Index, sessions
from ai_sessions.index.choosing import SORTS, Chosen
from ai_sessions.records import About, Change, Cost, Interaction

CENTS = {"plan-a": 3, "plan-b": 1, "chat-c": 3, "chat-d": None}


@pytest.fixture
def several(library):
    for number, (name, cents) in enumerate(CENTS.items()):
        command, _, feature = name.partition("-")
        project = f"/src/{'shop' if feature in 'ab' else 'bank'}"
        library.store.ensure(name, About(command, feature, project))
        cost = Cost(cents and cents * 10**7, "client")
        calls = [
            Interaction(
                f"{name}{one}", f"2026-01-0{5 - number}T00:00:00.000Z", "echo", "m", (), cost=cost
            )
            for one in range(number % 3 + 1)
        ]
        library.store.append(name, calls)
    return library


def naively(library, wanted, sort):
    """All that fit, by the sums and times of their checkpoints."""
    key = {
        "name": lambda row: (),
        "cost": lambda row: -row["totals"]["cost_nusd"],
        "interactions": lambda row: -row["totals"]["interactions"],
        "created": lambda row: [-ord(one) for one in row["created_at"]],
        "last-used": lambda row: [-ord(one) for one in row["last_used"]],
    }[sort]
    rows = (row for row in library.store.source().rows() if wanted(row))
    return sorted(rows, key=lambda row: (key(row), row["name"]))


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("worthwhile", [0, 99])
@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, lambda row: True),
        ({"command": "chat"}, lambda row: row["command"] == "chat"),
        ({"feature": "b"}, lambda row: row["feature"] == "b"),
        ({"feature": ""}, lambda row: False),
        ({"in_project": lambda one: one == "/src/bank"}, lambda row: row["project"] == "/src/bank"),
        ({"used_since": "2026-01-04"}, lambda row: row["last_used"] >= "2026-01-04"),
        (
            {"command": "plan", "in_project": lambda one: one.endswith("/shop")},
            lambda row: row["command"] == "plan",
        ),
    ],
)
def test_what_fits_comes_in_its_order(several, sort, worthwhile, given, wanted):
    index = Index(several.store.source(), str(several.root), worthwhile=worthwhile)
    found = naively(several, wanted, sort)
    for limit in (None, 1, 9, 10**20):
        chosen, shown = Chosen(**given, sort=sort, limit=limit), found[:limit]
        taken = []

        assert sessions.lines(index, chosen) == ([briefs.line(row) for row in shown], [])
        assert sessions.texts(index, taken.extend, chosen) == []
        assert [json.loads(text) for text in taken] == [briefs.public(row) for row in shown]


def test_a_note_is_told_of_what_fits_alone(several):
    for name in ("plan-a", "chat-c"):
        with open(several.root / name / "journal.jsonl", "ab") as journal:
            journal.write(b"{}\n")
    chosen = Chosen(command="chat", limit=1)

    for worthwhile in (99, 0):
        index = Index(several.store.source(), str(several.root), worthwhile=worthwhile)
        assert sessions.lines(index, chosen)[1] == ["chat-c: 1 damaged line skipped"]


def test_only_so_many_rows_are_read_as_were_asked_for(several, monkeypatch):
    sessions.lines(several.index)
    read = itertools.count()
    monkeypatch.setattr(json, "loads", lambda *_args: next(read))
    sessions.texts(several.index, lambda texts: list(map(json.loads, texts)), Chosen(limit=2))

    assert next(read) == 2


@pytest.fixture
def talks(several):
    """Beside them chats, one with tags, one that has expired."""
    several.store.ensure("talk-1", About(title="Weather", expires_in_ms=1))
    several.store.append("talk-1", [Change("tags", ["urgent", "a b"])])
    several.store.ensure("talk-2", About(interface="telegram", external_user_id="u1"))
    several.store.append("talk-2", [Change("tags", ["not-urgent", "b"])])
    several.store.append("plan-a", [Change("title", "ŁÓDŹ")])
    return several


@pytest.mark.parametrize("worthwhile", [0, 99])
@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"kind": "chat"}, ["talk-1", "talk-2"]),
        ({"kind": "work"}, list(CENTS)),
        ({"tags": ["urgent"]}, ["talk-1"]),
        ({"tags": ["a b"]}, ["talk-1"]),
        ({"tags": ["a b", "urgent"]}, ["talk-1"]),
        ({"tags": ["b", "urgent"]}, []),
        ({"tags": ["b"]}, ["talk-2"]),
        ({"tags": [""]}, []),
        ({"tags": ["urgent"], "kind": "work"}, []),
        ({"status": "expired", "now": "2999"}, ["talk-1"]),
        ({"status": "active", "now": "2999"}, ["talk-2", *CENTS]),
        ({"status": "inactive", "now": "2999"}, []),
        ({"interface": "telegram"}, ["talk-2"]),
        ({"interface": "telegram", "user": "u1"}, ["talk-2"]),
        ({"user": "u2"}, []),
        ({"model": "m"}, list(CENTS)),
        ({"model": "n"}, []),
        ({"parent": "no uid"}, []),
        ({"named": "TALK"}, ["talk-1", "talk-2"]),
        ({"named": "weather"}, ["talk-1"]),
        ({"named": "urgent"}, ["talk-1", "talk-2"]),
        ({"named": "łódź"}, ["plan-a"]),
        ({"named": "eat URGENT"}, ["talk-1"]),
        ({"named": "weather plan"}, []),
        ({"named": "urgentweather"}, []),
        ({"named": "%"}, []),
        ({"named": "\ud800"}, []),
        ({"status": "expired", "now": "2020"}, []),
    ],
    ids=str,
)
def test_chats_are_chosen_by_kind_tag_and_whether_they_are_over(talks, worthwhile, given, names):
    index = Index(talks.store.source(), str(talks.root), worthwhile=worthwhile)
    found = sessions.lines(index, Chosen(**given, sort="name"))[0]

    assert sorted(line.split("\t")[0] for line in found) == sorted(names)


@pytest.mark.parametrize("worthwhile", [0, 99])
def test_what_has_expired_is_told_as_such_and_nothing_else_is(talks, worthwhile):
    index = Index(talks.store.source(), str(talks.root), worthwhile=worthwhile)
    taken = []
    lines, _ = sessions.lines(index, None, "2999-01-01T00:00:00.000Z")
    sessions.texts(index, taken.extend, None, "2999-01-01T00:00:00.000Z")

    told = {line.split("\t")[0]: line.split("\t")[1] for line in lines}
    assert {name for name, status in told.items() if status == "expired"} == {"talk-1"}
    assert {row["name"]: row["status"] for row in map(json.loads, taken)} == told
    assert "expired" not in "".join(sessions.lines(index, None, "2020-01-01T00:00:00.000Z")[0])
