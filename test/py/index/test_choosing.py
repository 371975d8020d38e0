"""What a list shows of the sessions that fit: the same from the index and from the store's rows."""

import itertools
import json

import pytest

from ai_sessions.display import briefs
from ai_sessions.index import Index, sessions
from ai_sessions.index.choosing import SORTS, Chosen
from ai_sessions.records import About, Cost, Interaction

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
