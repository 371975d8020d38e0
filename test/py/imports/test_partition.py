"""A part of the logs: what is told of its calls, what is kept, and what is put into sessions."""

from datetime import UTC, datetime

import pytest

from ai_sessions.imports.contract import Found, Past, Source
from ai_sessions.imports.packed import NoUnpackerError
from ai_sessions.imports.partition import MARK_BYTES, Costs, Kept, LogSummary, Partition, mark_of
from ai_sessions.names import IMPORTED
from ai_sessions.records import Cost, Usage
from ai_sessions.store.memory import MemoryStore


def past(number, folder="/shop", **more):
    at = f"2026-10-{number:02}T10:00:00.000Z"
    return Past("claude", f"k{number}", at, "m", Usage(number), f"s{number}", folder, **more)


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def part(store, tmp_path):
    """Of an agent whose logs have these calls, by name; `gone` cannot be read."""
    logs = {"a": (past(2), past(1), past(3, "/wiki")), "b": (past(4),), "empty": ()}
    moments = []

    def read(path, state):
        if path.name not in logs:
            raise FileNotFoundError(path)
        return Found(logs[path.name], {"at": 1, **state}, bad=len(path.name))

    def store_at(moment):
        moments.append(moment)
        return store

    source = Source("claude", lambda _environment: (), read)
    made = Partition(
        source,
        store_at,
        lambda usage, _model, _at: Cost(usage.input_tokens or None),
        lambda counts, _model, _at: Cost(counts[0] or None),
    )
    made.logs = lambda *names: [(number, tmp_path / name, {}) for number, name in enumerate(names)]
    made.moments = moments
    return made


def kept(store, name):
    return [entry.id for entry in store.entries(name)]


NONE = frozenset()


def marks(*numbers):
    return b"".join(mark_of(f"claude:k{number}") for number in numbers)


def test_a_log_that_cannot_be_opened_is_told_and_hides_no_other(part):
    found = part.read(part.logs("gone", "b"))

    assert found.logs == [LogSummary(), LogSummary({"at": 1}, 1)]
    assert found.marks == marks(4)


def test_a_packed_log_that_nothing_unpacks_is_told_as_that(part, monkeypatch):
    def read(path, _state):
        raise NoUnpackerError(path)

    monkeypatch.setattr(part, "_source", Source("claude", lambda _environment: (), read))

    assert part.read(part.logs("a")).logs == [LogSummary(is_packed=True)]


def test_of_each_call_its_mark_and_its_conversation_are_told_once(part):
    found = part.read(part.logs("a", "b", "a"))

    assert found.marks == marks(2, 1, 3, 4)
    assert found.conversations == {"s1", "s2", "s3", "s4"}
    assert part.logs_of(frozenset({mark_of("claude:k4")})) == {mark_of("claude:k4"): 1}


def test_only_calls_that_are_wanted_are_stored_in_the_order_of_their_time(part, store):
    part.read(part.logs("a", "empty", "b"))
    kept_ones = part.keep(frozenset({mark_of("claude:k3")}), {})

    costs = part.store({"/shop": "import-shop", "/wiki": "import-wiki"}, {})

    assert kept_ones == Kept(marks(2, 1, 4), {"/shop": (past(1).at, 3)}, 0)
    assert costs == Costs(3, 1 + 2 + 4, 0)
    assert kept(store, "import-shop") == ["claude:k1", "claude:k2", "claude:k4"]
    assert store.names() == ["import-shop"]
    assert store.read("import-shop").about.command == IMPORTED
    assert store.read("import-shop").about.project == "/shop"
    assert part.moments == [datetime(2026, 10, 1, 10, tzinfo=UTC)]


def test_what_was_made_by_us_is_left_out_also_where_a_fork_repeats_it(part):
    part.read(part.logs("a", "b"))
    ours = {"s1": [("2026-10-01T09:00:00.000Z", "2026-10-01T11:00:00.000Z")], "s2": [("", "1")]}

    assert part.keep(NONE, ours).ours == 1
    assert part.store({"/shop": "import-shop"}, {}).calls == 2


def test_what_was_stored_is_not_stored_again(part, store):
    part.read(part.logs("b"))
    part.keep(NONE, {})
    part.store({"/shop": "import-shop"}, {})

    assert kept(store, "import-shop") == ["claude:k4"]
    assert part.store({"/shop": "import-shop"}, {}) == Costs()


def test_a_project_is_put_into_its_session_by_one_partition_alone(part, store):
    part.read(part.logs("a"))
    part.keep(NONE, {})
    handed = part.hand_over(["/wiki"])

    assert list(handed) == ["/wiki"]
    assert part.store({"/shop": "import-shop", "/wiki": "import-wiki"}, {}) == Costs(2, 3, 0)
    assert store.names() == ["import-shop"]
    assert part.store({"/wiki": "import-wiki"}, handed).calls == 1
    assert kept(store, "import-wiki") == ["claude:k3"]


def test_many_calls_are_appended_in_batches_and_all_of_them_once(part, store, monkeypatch):
    monkeypatch.setattr("ai_sessions.imports.partition._BATCH", 2)
    part.read(part.logs("a", "b"))
    part.keep(NONE, {})

    assert part.store({"/shop": "import-shop"}, {}).calls == 3
    assert kept(store, "import-shop") == ["claude:k1", "claude:k2", "claude:k4"]


def test_costs_add_up_and_unknown_ones_are_counted():
    assert Costs(1, 5, 0) + Costs(2, 7, 1) == Costs(3, 12, 1)


def test_marks_are_short_and_differ():
    marks = {mark_of(text) for text in ("claude:a", "claude:b", "claude:\ud800", "")}

    assert len(marks) == 4
    assert {len(one) for one in marks} == {MARK_BYTES}
