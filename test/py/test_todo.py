"""Todos: what was begun and ended, at what expected and real cost."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ai_sessions import todo
from ai_sessions.records import (
    About,
    Cost,
    Interaction,
    Message,
    ModelTotals,
    Note,
    Session,
    Totals,
    Usage,
)


def call(at: str, nusd: int | None = 1_000_000, **more) -> Interaction:
    facts = {
        "id": at,
        "at": at,
        "provider": "claude",
        "model": "m",
        "messages": (Message("user", "x", f"{at[:-1]}0"),),
        "usage": Usage(10, 5),
        "cost": Cost(nusd, "client") if nusd is not None else Cost(),
        "task": "T1.1",
    }
    return Interaction(**{**facts, **more})


def session(calls: int = 0, nusd: int = 0, unknown: int = 0, feature: str = "pay") -> Session:
    sums = ModelTotals(calls, Usage(), nusd, unknown)
    totals = Totals(sums.interactions, sums.usage, sums.cost_nusd, sums.unknown_costs)
    return Session("implement-pay", "u", About("implement", feature), "", "", totals=totals)


def only(*entries) -> todo.Item:
    [item] = todo.items("implement-pay", About("implement", "pay"), entries)
    return item


def test_a_call_makes_a_start_and_an_end():
    start, end = todo.automatic(call("2026-11-01T10:05"), session(1, 1_000_000))

    assert (start.body["event"], start.at) == ("start", "2026-11-01T10:00")
    assert (end.body["event"], end.at) == ("end", "2026-11-01T10:05")
    assert end.body["interaction"] == "2026-11-01T10:05"
    assert "estimate_nusd" not in start.body


def test_a_failed_call_ends_in_an_error():
    _, end = todo.automatic(call("2026-11-01T10:05", status="timeout"), session(1))

    assert end.body["event"] == "error"


def test_a_chat_without_a_feature_makes_no_todo():
    assert todo.automatic(call("2026-11-01T10:05"), session(feature="")) == ()


def test_the_estimate_is_the_mean_of_earlier_known_calls():
    # five calls in all: this one, one without a price, three that cost 6 together
    start, _ = todo.automatic(call("t", 2_000_000), session(5, 8_000_000, unknown=1))

    assert start.body["estimate_nusd"] == 2_000_000


def test_money_and_tokens_come_from_calls_alone_so_nothing_counts_twice():
    first = call("2026-11-01T10:05")
    item = only(first, *todo.automatic(first, session(1, 1_000_000)))

    assert (item.cost_nusd, item.calls, item.usage.total_tokens) == (1_000_000, 1, 15)
    assert (item.started, item.ended, item.state) == (
        "2026-11-01T10:00",
        "2026-11-01T10:05",
        "done",
    )


def test_an_unknown_price_is_counted_as_unknown():
    item = only(call("2026-11-01T10:05", None))

    assert (item.cost_nusd, item.unknown_costs) == (0, 1)
    assert todo.plain(item)["cost"] is None
    assert todo.cells(item)[-1] == "?"


def test_what_a_person_expects_counts_instead_of_the_mean():
    item = only(
        todo.note("start", "T1.1", "2026-11-01T09:00", estimate_nusd=5),
        Note("todo", {"event": "start", "task": "T1.1", "estimate_nusd": 7, "interaction": "i"}),
    )

    assert item.estimate_nusd == 5


def test_a_person_may_end_and_reopen_a_task():
    begun = todo.note("start", "T1.1", "2026-11-01T09:00", text="by hand")
    failed = todo.note("error", "T1.1", "2026-11-01T09:30")

    assert only(begun).state == "open"
    assert only(begun, failed).state == "error"
    assert only(begun, failed, todo.note("start", "T1.1", "2026-11-01T10:00")).state == "open"
    assert only(begun).text == "by hand"


def test_the_agents_own_list_is_kept_as_it_was_last():
    item = only(
        call("2026-11-01T10:05", detail={"todos": [{"text": "a", "status": "open"}]}),
        call("2026-11-01T10:06", detail={"todos": [{"text": "a", "status": "done"}]}),
        call("2026-11-01T10:07"),
    )

    assert item.todos == ({"text": "a", "status": "done"},)
    assert json.dumps(todo.plain(item))


def test_tasks_are_apart_and_other_notes_are_none():
    found = todo.items(
        "s", About("", "f"), [call("t1"), call("t2", task="T1.2"), Note("repair", {"task": "T9"})]
    )

    assert [item.task for item in found] == ["T1.1", "T1.2"]


def test_a_report_takes_the_days_between():
    found = [only(call(f"2026-11-0{day}T10:00")) for day in (1, 2, 3)]

    second = datetime(2026, 11, 2, tzinfo=UTC)
    assert todo.between(found, second, second + timedelta(days=1)) == [found[1]]
    assert todo.between(found, second) == found[1:]
    assert todo.between(found) == found


def test_times_are_told_in_the_zone_of_the_report():
    item = only(call("2026-11-28T14:57:00.000Z"))

    assert todo.cells(item, ZoneInfo("Pacific/Auckland"))[4] == "2026-11-29 03:57"
    assert todo.plain(item)["ended"] == "2026-11-28T14:57:00.000Z"


def test_the_markdown_report_is_a_table():
    lines = todo.markdown([only(call("2026-11-01T10:05"))]).splitlines()

    assert lines[0].split()[:5] == ["|", "feature", "|", "task", "|"]
    assert lines[2].split(" | ")[1].strip() == "T1.1"
    assert len({line.count("|") for line in lines}) == 1


def test_work_without_a_task_is_told_by_its_command():
    [item] = todo.items("plan-pay", About("plan", "pay"), [call("2026-11-01T10:05", task="")])
    [chat] = todo.items("chat", About(), [call("2026-11-01T10:05", task="")])

    assert todo.cells(item)[:2] == ("pay", "(plan)")
    assert todo.cells(chat)[:2] == ("chat", "-")
